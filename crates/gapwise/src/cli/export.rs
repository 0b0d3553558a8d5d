//! `gapwise export`: what was written, and what goes in and comes out of it.

use gapwise::{
    export::{self as exporting, Contents, Destination, Export},
    nn::export::{Axis, Names, OPSET, Onnx, Port},
    study::metric::count,
    trained::TrainedRun,
};

use super::{
    Failure,
    args::ExportArgs,
    output::{Out, Written},
    print,
    progress::Progress,
    shown,
    style::LABEL,
};

pub(super) fn carry_out(args: ExportArgs, progress: &Progress) -> Result<(), Failure> {
    let run = TrainedRun::open(&args.run)?;
    progress.notes(run.notes());
    let to = Destination { path: args.out, replace: args.force };
    let export = exporting::export(&run, args.format.format(), &to)?;
    print(|out| if args.output.json { out.json(&export) } else { print_export(out, &export) })
}

fn print_export(out: &mut Out, export: &Export) -> Written {
    let (path, bytes) = (shown(&export.path), count(export.bytes));
    match &export.contents {
        Contents::Onnx(onnx) => {
            out.line(&format!(
                "{LABEL}{path}{LABEL:#}: ONNX, operator set {OPSET}, {bytes} bytes"
            ))?;
            print_ports(out, onnx)
        }
        Contents::Safetensors(weights) => {
            let names = match weights.names {
                Names::Torchvision => "by torchvision's names",
                Names::Own => "by their own names, since torchvision has no such network",
            };
            let tensors = count(weights.tensors);
            out.line(&format!(
                "{LABEL}{path}{LABEL:#}: safetensors, {tensors} tensors {names}, {bytes} bytes"
            ))?;
            weights.differs.iter().try_for_each(|why| {
                out.line(&format!("  torchvision's own network does not take them: {why}"))
            })
        }
    }
}

/// A line for each input and output.
fn print_ports(out: &mut Out, onnx: &Onnx) -> Written {
    let inputs = onnx.inputs.iter().map(|port| ("in ", port));
    let outputs = onnx.outputs.iter().map(|port| ("out", port));
    let lines: Vec<(&str, &Port, String)> =
        inputs.chain(outputs).map(|(way, port)| (way, port, shape(port))).collect();
    let name = lines.iter().map(|(_, port, _)| port.name.chars().count()).max().unwrap_or(0);
    let width = lines.iter().map(|(.., shape)| shape.len()).max().unwrap_or(0);
    for (way, port, shape) in &lines {
        let element = port.element.as_str();
        out.line(&format!(
            "  {way}  {:<name$}  {element:<7}  {shape:<width$}  {}",
            port.name, port.says
        ))?;
    }
    Ok(())
}

fn shape(port: &Port) -> String {
    let axis = |axis: &Axis| match axis {
        Axis::Named(name) => (*name).to_owned(),
        Axis::Size(size) => size.to_string(),
    };
    format!("[{}]", port.shape.iter().map(axis).collect::<Vec<_>>().join(", "))
}
