//! A small checker of what the report writes: every tag closed in turn, every attribute quoted,
//! no id twice, no bare markup characters.

use std::collections::HashSet;

/// Elements that have no end.
const VOID: [&str; 4] = ["meta", "img", "br", "link"];

/// What is wrong with the page, if anything: the first fault and the text before it.
pub(crate) fn check(html: &str) -> Result<(), String> {
    let body = html.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    let mut open: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        let fault = |what: &str| Err(format!("{what} at {:?}", cut(&rest[start..])));
        text(&rest[..start])?;
        let Some(end) = tag_end(&rest[start..]) else { return fault("a tag without its end") };
        let tag = &rest[start + 1..start + end];
        rest = &rest[start + end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("`</{name}>` closes nothing that is open"));
            }
            continue;
        }
        let name = tag.split([' ', '>']).next().unwrap_or(tag);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("`<{}` is no tag", cut(tag)));
        }
        attributes(&tag[name.len()..], &mut ids)?;
        if name == "style" {
            let Some(end) = rest.find("</style>") else { return Err("open style".to_owned()) };
            rest = &rest[end + "</style>".len()..];
        } else if !VOID.contains(&name) {
            open.push(name);
        }
    }
    text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

/// Where the tag that begins `text` ends; a `>` inside quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(place, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(place)
    })
}

fn attributes<'a>(mut rest: &'a str, ids: &mut HashSet<&'a str>) -> Result<(), String> {
    let mut names = HashSet::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let name = &rest[..end];
        if !names.insert(name) {
            return Err(format!("attribute `{name}` twice"));
        }
        rest = &rest[end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            let end = value.find('"').ok_or("an attribute without its end")?;
            if name == "id" && !ids.insert(&value[..end]) {
                return Err(format!("id `{}` twice", &value[..end]));
            }
            if name.starts_with("on") {
                return Err(format!("a script in `{name}`"));
            }
            text(&value[..end])?;
            rest = &value[end + 1..];
        } else if rest.starts_with('=') {
            return Err(format!("attribute `{name}` without quotes"));
        }
    }
    Ok(())
}

/// Text has no bare `<` or `>`, and every `&` begins a reference.
fn text(text: &str) -> Result<(), String> {
    for (place, _) in text.match_indices('&') {
        let reference = &text[place + 1..];
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        if !known.iter().any(|name| reference.starts_with(name)) {
            return Err(format!("a bare `&` before {:?}", cut(reference)));
        }
    }
    if text.contains(['<', '>', '\0']) {
        return Err(format!("bare markup in {:?}", cut(text)));
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

#[test]
fn the_checker_finds_faults() {
    assert_eq!(check("<!DOCTYPE html><p class=\"a\">b &amp; c</p>"), Ok(()));
    for wrong in [
        "<p>",
        "</p>",
        "<p><b></p></b>",
        "<p>a & b</p>",
        "<p>a > b</p>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<p class=a></p>",
        "<p onclick=\"a\"></p>",
    ] {
        assert!(check(&format!("<!DOCTYPE html>{wrong}")).is_err(), "{wrong} passed");
    }
}
