//! Names of classes that may mean one class.

use std::collections::HashMap;

/// Pairs of names that differ in case or blanks alone, in the order of the second.
pub(crate) fn alike(names: &[String]) -> Vec<(String, String)> {
    let bare = |name: &str| -> String {
        name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    let mut first: HashMap<String, &String> = HashMap::with_capacity(names.len());
    let mut pairs = Vec::new();
    for name in names {
        match first.get(&bare(name)) {
            Some(other) => pairs.push(((*other).clone(), name.clone())),
            None => {
                first.insert(bare(name), name);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_alone_make_names_alike() {
        let names = ["Cat", "New York", "cat", "dog", "new  york", "catt"].map(str::to_owned);
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(alike(&names), [pair("Cat", "cat"), pair("New York", "new  york")]);
    }
}
