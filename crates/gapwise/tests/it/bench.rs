//! `gapwise bench`, and the worker that takes turns with other programs.

use std::{io::Write, process::Stdio};

use crate::desk::{Desk, Said};

#[test]
fn every_workload_is_listed_with_its_batch() {
    let list = Desk::new().done(&["bench", "--list"]);
    assert_eq!(list.lines().count(), 19, "{list}");
    let shown = list.lines().find(|line| line.starts_with("resnet20")).unwrap();
    assert_eq!(shown, "resnet20   ResNet-20; a batch of 64 examples of 3×32×32");
    let one = Desk::new().done(&["bench", "--list", "tagger"]);
    assert_eq!(one, "tagger     tagger: embedding, LSTM both ways; a batch of 32 examples of 25\n");
}

#[test]
fn a_name_that_is_none_is_refused_with_the_nearest() {
    let told = Desk::new().refused(&["bench", "dense-30", "resnet-18"]);
    insta::assert_snapshot!(told, @r"
    error: there is no workload `resnet-18`

    hint: did you mean `resnet18` or `resnet20`? `gapwise bench --list` lists them
    ");
}

#[test]
fn figures_of_a_workload_are_told_as_json() {
    let asked = ["bench", "dense-30", "--seconds", "0.01", "--threads", "1", "--quiet"];
    let told = Desk::new().answer(&asked);
    assert_eq!(told["threads"], 1);
    assert!(told["product_per_second"].as_f64().unwrap() > 0.0);
    let [figures] = &told["workloads"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&figures["name"], &figures["batch"]), (&"dense-30".into(), &32.into()));
    // 30·64 + 64·32 + 32·10.
    assert_eq!(figures["multiply_adds"], 1_920 + 2_048 + 320);
    // Forward, and twice for gradients, but for those of the 30 inputs.
    assert_eq!(figures["step_multiply_adds"], 32 * (2 * 1_920 + 3 * (2_048 + 320)));
    for (of, least) in [("step", 5), ("answer", 20)] {
        let [low, median, high] = ["lower_quartile", "median", "upper_quartile"]
            .map(|quartile| figures[of][quartile].as_f64().unwrap());
        assert!(0.0 < low && low <= median && median <= high, "{told}");
        assert!(figures[of]["times"].as_u64().unwrap() >= least, "{told}");
    }
    let step = figures["step"]["median"].as_f64().unwrap();
    assert!((figures["steps_per_second"].as_f64().unwrap() * step - 1.0).abs() < 1e-9, "{told}");
    assert!(figures["share_of_product"].as_f64().unwrap() > 0.0, "{told}");
}

#[test]
fn figures_are_a_table_for_people() {
    let said = Desk::new().say(&["bench", "dense-30", "--seconds", "0"]);
    assert_eq!((said.code, said.err.as_str()), (0, "timing    dense-30: dense 30-64-32-10\n\n"));
    assert!(said.out.starts_with("processor  "), "{}", said.out);
    let row = said.out.lines().find(|line| line.starts_with("dense-30 ")).unwrap();
    assert!(row.ends_with(" %"), "{row}");
}

#[test]
fn a_worker_computes_the_same_whatever_the_number_of_threads() {
    let losses = |threads| {
        let desk = Desk::new();
        let mut command = desk.command();
        command.args(["--threads", threads, "bench-worker", "lenet"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut worker = command.spawn().unwrap();
        worker.stdin.take().unwrap().write_all(b"losses 2\nlogits\n").unwrap();
        Said::of(worker.wait_with_output().unwrap()).out
    };
    let one = losses("1");
    assert_eq!(one.lines().count(), 2, "{one}");
    assert_eq!(losses("3"), one);
}
