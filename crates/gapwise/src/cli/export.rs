//! `gapwise export`: what was written, and what goes in and comes out of it.

use gapwise::{
    export::{Contents, Export},
    nn::export::{Axis, Names, OPSET, Port},
    study::metric::count,
};

use super::{
    output::{Out, Written},
    shown,
    style::LABEL,
};

pub(super) fn print(out: &mut Out, export: &Export) -> Written {
    let (path, bytes) = (shown(&export.path), count(export.bytes));
    match &export.contents {
        Contents::Onnx(onnx) => {
            out.line(&format!(
                "{LABEL}{path}{LABEL:#}: ONNX, operator set {OPSET}, {bytes} bytes"
            ))?;
            print_ports(out, "in ", &onnx.inputs)?;
            print_ports(out, "out", &onnx.outputs)
        }
        Contents::Safetensors(weights) => {
            let names = match weights.names {
                Names::Torchvision => "by torchvision's names",
                Names::Own => "by their own names, since torchvision has no such network",
            };
            let tensors = count(weights.tensors);
            out.line(&format!(
                "{LABEL}{path}{LABEL:#}: safetensors, {tensors} tensors {names}, {bytes} bytes"
            ))
        }
    }
}

fn print_ports(out: &mut Out, way: &str, ports: &[Port]) -> Written {
    let shapes: Vec<String> = ports.iter().map(shape).collect();
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let name = widest(&mut ports.iter().map(|port| port.name.chars().count()));
    let element = widest(&mut ports.iter().map(|port| port.element.as_str().len()));
    let width = widest(&mut shapes.iter().map(String::len));
    for (port, shape) in ports.iter().zip(&shapes) {
        let of = port.element.as_str();
        out.line(&format!(
            "  {way} {:<name$}  {of:<element$}  {shape:<width$}  {}",
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
