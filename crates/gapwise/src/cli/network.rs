//! `gapwise network`: tables of layers.

use gapwise::{
    network::{self as describing, DENSE_UNITS, Description},
    nn::networks::layers::Layer,
    study::metric::count,
};

use super::{
    Failure,
    args::NetworkArgs,
    output::{Out, Written},
    print,
    style::{DIM, LABEL},
};

pub(super) fn carry_out(args: &NetworkArgs) -> Result<(), Failure> {
    let Some(name) = &args.name else {
        let all = describing::all()?;
        return print(|out| match args.output.json {
            true => out.json(&all),
            false => print_list(out, &all),
        });
    };
    let network = describing::describe(name, (args.input, args.outputs), &args.sets)?;
    print(|out| if args.output.json { out.json(&network) } else { print_network(out, &network) })
}

/// Every network with what it costs.
fn print_list(out: &mut Out, all: &[Description]) -> Written {
    out.line(&format!(
        "{DIM}{:<19}  {:>11}  {:>11}  {:>16}{DIM:#}",
        "network", "image", "parameters", "multiply-adds"
    ))?;
    for Description { name, input, parameters, multiply_adds, .. } in all {
        let (parameters, products) = (count(*parameters), count(*multiply_adds));
        let image = sides(input);
        out.line(&format!(
            "{LABEL}{name:<19}{LABEL:#}  {image:>11}  {parameters:>11}  {products:>16}"
        ))?;
    }
    out.line("")?;
    out.line("`gapwise network NAME` shows its layers, `--set network.kind=NAME` trains it")
}

fn print_network(out: &mut Out, network: &Description) -> Written {
    let width = network.layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or(0);
    let what = network.layers.iter().map(|layer| layer.what.chars().count()).max().unwrap_or(0);
    out.line(&format!(
        "{DIM}{:<width$}  {:<what$}  {:>13}  {:>11}  {:>14}  {:>5}  {:>9}  {:>13}{DIM:#}",
        "layer", "", "output", "parameters", "multiply-adds", "sees", "memory", "dense instead"
    ))?;
    for layer in &network.layers {
        let Layer { name, output, parameters, multiply_adds, sees, bytes, .. } = layer;
        let dense = layer.dense_parameters.map_or_else(String::new, short);
        let line = format!(
            "{LABEL}{name:<width$}{LABEL:#}  {:<what$}  {:>13}  {:>11}  {:>14}  {:>5}  {:>9}  {dense:>13}",
            layer.what,
            sides(output),
            count(*parameters),
            count(*multiply_adds),
            sees.map_or_else(|| "all".to_owned(), |pixels| pixels.to_string()),
            memory(*bytes),
        );
        out.line(line.trim_end())?;
    }
    out.line("")?;
    let Description { name, input, reads, outputs, .. } = network;
    if input != reads {
        out.line(&format!("images of {} are resized to {}", sides(input), sides(reads)))?;
    }
    if network.side_parameters > 0 {
        out.line(&format!(
            "two side branches of {} parameters together learn along in training, and do not answer",
            count(network.side_parameters)
        ))?;
    }
    out.line(&format!(
        "{LABEL}{name}{LABEL:#}, {} classes: {} parameters, {} multiply-adds and {} of memory an image",
        count(*outputs),
        count(network.parameters),
        count(network.multiply_adds),
        memory(network.bytes),
    ))?;
    out.line(&format!(
        "a dense layer of {} units on the image would have {} parameters alone",
        count(DENSE_UNITS),
        count(network.dense_parameters),
    ))?;
    out.line(
        "sees: pixels of the image's side that one number depends on; dense instead: parameters",
    )?;
    out.line("of a dense layer in the convolution's place")
}

fn sides(of: &[usize]) -> String {
    of.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

fn memory(bytes: usize) -> String {
    match bytes {
        _ if bytes >= 1 << 20 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ if bytes >= 1 << 10 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{bytes} B"),
    }
}

/// A large number in three figures.
fn short(number: u128) -> String {
    let number = number as f64;
    match number {
        _ if number >= 1e12 => format!("{:.3e}", number),
        _ if number >= 1e9 => format!("{:.1} billion", number / 1e9),
        _ if number >= 1e6 => format!("{:.1} million", number / 1e6),
        _ => format!("{number}"),
    }
}
