//! Which of the words that there are was probably meant.

use gapwise_data::wording;

/// Words at least so much alike are near.
const NEAR: f64 = 0.7;

/// The two of `words` that are nearest to what was typed, nearest first; none that is not near.
pub(crate) fn nearest(typed: &str, words: impl Iterator<Item = &'static str>) -> Vec<String> {
    let bare = wording::bare(typed);
    let others = words.filter(|word| *word != typed);
    let alike = others.map(|word| (strsim::jaro_winkler(&bare, &wording::bare(word)), word));
    let mut near: Vec<(f64, &str)> = alike.filter(|(likeness, _)| *likeness > NEAR).collect();
    // Stable: of words that are alike, the first of the list comes first.
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().take(2).map(|(_, word)| word.to_owned()).collect()
}

/// The question whether one of `nearest` was meant, and where all of them are listed.
pub(crate) fn did_you_mean(nearest: &[String], list: &str) -> String {
    if nearest.is_empty() {
        return format!("{list} lists them");
    }
    let nearest: Vec<String> = nearest.iter().map(|word| format!("`{word}`")).collect();
    format!("did you mean {}? {list} lists them", nearest.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_offered() {
        let words = ["lenet", "resnet18", "resnet20"];
        assert_eq!(nearest("ResNet21", words.into_iter()), ["resnet18", "resnet20"]);
        assert_eq!(nearest("ResNet-18", words.into_iter())[0], "resnet18");
        assert!(nearest("transformer", words.into_iter()).is_empty());
        let said = did_you_mean(&["lenet".to_owned()], "`gapwise network`");
        assert_eq!(said, "did you mean `lenet`? `gapwise network` lists them");
    }
}
