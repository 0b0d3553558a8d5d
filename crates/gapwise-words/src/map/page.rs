//! The map as one HTML page: an SVG to drag, zoom and search in, without the network.

use std::path::Path;

use gapwise_pages::{Page, text};
use gapwise_study::run::write_whole;
use maud::html;

use super::Spot;
use crate::WordsError;

/// Pixels of the map's sides.
const SIDE: f32 = 1_000.0;

/// What the map's style has beside the style of every page.
const STYLE: &str = "\
header{position:fixed;padding:8px;font-size:14px;background:var(--paper);opacity:.9}\
svg{width:100vw;height:100vh;touch-action:none;cursor:grab}\
text{font-size:var(--size,9px);fill:var(--ink);text-anchor:middle}.found{fill:var(--accent);font-weight:bold}";

/// Dragging moves the view, the wheel changes its size, typing marks words and goes to the first.
const SCRIPT: &str = "\
const svg=document.querySelector('svg'),box=svg.viewBox.baseVal;let held=null;\
const size=()=>svg.style.setProperty('--size',9*Math.sqrt(box.width/1000)*Math.min(1,Math.sqrt(box.width/1000))+'px');\
svg.onpointerdown=e=>{held=[e.clientX,e.clientY];svg.setPointerCapture(e.pointerId)};\
svg.onpointerup=()=>held=null;\
svg.onpointermove=e=>{if(!held)return;const k=box.width/Math.min(svg.clientWidth,svg.clientHeight);\
box.x-=(e.clientX-held[0])*k;box.y-=(e.clientY-held[1])*k;held=[e.clientX,e.clientY]};\
svg.onwheel=e=>{e.preventDefault();const k=Math.exp(e.deltaY/500),x=box.x+box.width/2,y=box.y+box.height/2;\
box.width*=k;box.height*=k;box.x=x-box.width/2;box.y=y-box.height/2;size()};\
document.querySelector('input').oninput=e=>{const word=e.target.value.toLowerCase();let first=true;\
for(const t of svg.querySelectorAll('text')){const is=word!==''&&t.textContent.toLowerCase()===word;\
t.classList.toggle('found',is);if(is&&first){first=false;box.x=t.getAttribute('x')-box.width/2;\
box.y=t.getAttribute('y')-box.height/2}}};";

/// Writes the page, whole or not at all.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_page(path: &Path, title: &str, spots: &[Spot]) -> Result<(), WordsError> {
    let range = |of: fn(&Spot) -> f32| {
        let ends = (f32::INFINITY, f32::NEG_INFINITY);
        let (low, high) =
            spots.iter().map(of).fold(ends, |(low, high), x| (low.min(x), high.max(x)));
        (low, (high - low).max(f32::MIN_POSITIVE))
    };
    let (across, up) = (range(|spot| spot.x), range(|spot| spot.y));
    let scaled = |value: f32, (low, width): (f32, f32)| (value - low) / width * SIDE;
    let name = text::plain_name(title);
    let body = html! {
        header {
            (text::name(title)) " · drag, zoom with the wheel, "
            input placeholder="find a word" aria-label="find a word";
        }
        svg viewBox="-20 -20 1040 1040" role="img" aria-label=(name) {
            @for spot in spots {
                text x=(format!("{:.1}", scaled(spot.x, across)))
                    y=(format!("{:.1}", SIDE - scaled(spot.y, up))) { (text::clean(&spot.word)) }
            }
        }
    };
    let version = env!("CARGO_PKG_VERSION");
    let page = Page { title, version, style: STYLE, script: Some(SCRIPT), body };
    Ok(write_whole(path, page.render().as_bytes())?)
}
