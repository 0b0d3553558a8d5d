//! `gapwise inspect --weights`: what a weight file holds.

use gapwise::{study::metric::count, weight_file::WeightFileSummary};

use super::{
    output::{Out, Written},
    shown,
    style::LABEL,
};

pub(super) fn print(out: &mut Out, file: &WeightFileSummary) -> Written {
    let WeightFileSummary { path, format, bytes, tensors, numbers, .. } = file;
    out.line(&format!(
        "{LABEL}weights  {LABEL:#} {}: {format}, {} tensors of {} numbers, {} bytes",
        shown(path),
        count(tensors.len()),
        count(*numbers),
        count(*bytes)
    ))?;
    let network = match (&file.network, file.foreign) {
        (Some(network), _) => network.kind.to_owned(),
        (None, Some(foreign)) => format!("{foreign}, which is not among the networks here"),
        (None, None) => "none here, by its names and shapes".to_owned(),
    };
    out.line(&format!("{LABEL}network  {LABEL:#} {network}"))?;
    for said in file.network.iter().flat_map(|network| network.differences()) {
        out.line(&format!("{:<9} {said}", ""))?;
    }
    for note in &file.notes {
        out.line(&format!("{LABEL}note     {LABEL:#} {note}"))?;
    }
    out.line("")?;
    let names: Vec<String> = tensors.iter().map(|tensor| escaped(&tensor.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(60);
    for (tensor, name) in tensors.iter().zip(names) {
        out.line(&format!("{name:<width$}  {:<8}  {:?}", tensor.element, tensor.shape))?;
    }
    Ok(())
}

/// A name out of a file without control characters, which a terminal would obey.
fn escaped(name: &str) -> String {
    name.chars().flat_map(char::escape_debug).collect()
}
