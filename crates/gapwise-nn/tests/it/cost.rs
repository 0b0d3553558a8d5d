//! What an answer costs.

use std::time::Duration;

use gapwise_nn::model::Calls;

use crate::samples::every_task_and_network;

#[test]
fn every_model_answers_a_blank_example_in_some_time() {
    for mut sample in every_task_and_network() {
        sample.settings.epochs = 1;
        let model = sample.fit().best;
        let calls = Calls { warm_up: 1, least: 3, most: 5, time: Duration::ZERO };
        let seconds = model.time_answers(calls).unwrap();
        assert_eq!(seconds.len(), 3, "{}", sample.name);
        assert!(seconds.iter().all(|&call| call > 0.0), "{}", sample.name);
        let record = model.record();
        assert!(record.multiply_adds() > 0, "{}", sample.name);
        assert_eq!(record.multiply_adds_of(&sample.network), record.multiply_adds());
    }
}
