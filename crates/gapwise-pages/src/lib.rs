//! The HTML pages of Gapwise: one frame, one style and one place that escapes text.
//!
//! A [`Page`] is one file that opens anywhere. It holds its style, its drawings and its script, and its
//! content security policy refuses everything else. A string that comes from data or from a person stands
//! on a page through a function of [`text`].
//!
//! ```
//! use gapwise_pages::{Page, text};
//! use maud::html;
//!
//! let body = html! { main { p { "Class " (text::name("<b>cat</b>")) } } };
//! let page = Page { title: "cats", version: "0.1.0", style: "p { margin: 0; }", script: None, body };
//! assert!(page.render().contains("&lt;b&gt;cat&lt;/b&gt;"));
//! ```

mod page;
pub mod text;

pub use page::{Page, wide};
