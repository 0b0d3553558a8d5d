//! The frame of every page: its head, what it may load, and the style that all pages share.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::text;

/// Colours for light and dark, letters, links, names and code.
const STYLE: &str = include_str!("page.css");

/// What a page may load: pictures that it holds itself, its own style, nothing else.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The same for a page with a script, which stands in the page too.
const POLICY_WITH_SCRIPT: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// One HTML page that needs no network.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// What the page shows, such as the name of a run. The title in the browser is this and "Gapwise".
    pub title: &'a str,
    /// The version of Gapwise that made what is shown.
    pub version: &'a str,
    /// CSS that the page has beside the shared style. It is not escaped.
    pub style: &'static str,
    /// JavaScript that runs at the end of the body. It is not escaped. Without one the page may run
    /// nothing.
    pub script: Option<&'static str>,
    /// What stands in the body.
    pub body: Markup,
}

impl Page<'_> {
    /// The page as the text of an HTML file. The same page gives the same bytes.
    pub fn render(&self) -> String {
        let policy = if self.script.is_some() { POLICY_WITH_SCRIPT } else { POLICY };
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content={ "Gapwise " (self.version) };
                    title { (text::plain_name(self.title)) " · Gapwise" }
                    style { (PreEscaped(STYLE)) (PreEscaped(self.style)) }
                }
                body {
                    (self.body)
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        page.into_string()
    }
}

/// A table that scrolls sideways within its own box where it is too wide for the page.
pub fn wide(label: &str, table: Markup) -> Markup {
    html! { div.wide role="region" aria-label=(label) tabindex="0" { (table) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(script: Option<&'static str>) -> String {
        let body = html! { p { "text" } };
        Page { title: "</title>", version: "0.1.0", style: "p{}", script, body }.render()
    }

    #[test]
    fn a_title_cannot_end_the_head() {
        assert!(page(None).contains("<title>&lt;/title&gt; · Gapwise</title>"));
    }

    #[test]
    fn only_a_page_with_a_script_may_run_one() {
        assert!(!page(None).contains("script"));
        let with_script = page(Some("run()"));
        assert!(with_script.contains("script-src 'unsafe-inline'\""));
        assert!(with_script.ends_with("<p>text</p><script>run()</script></body></html>"));
    }

    #[test]
    fn no_page_may_load_anything_from_elsewhere() {
        for page in [page(None), page(Some("run()"))] {
            assert!(page.contains("content=\"default-src 'none'; img-src data:; style-src"));
        }
    }
}
