//! Where a parameter stands in a network.

/// Names from a network down to what is visited, without the variants of enums.
#[derive(Debug, Default)]
pub(crate) struct Path(Vec<String>);

impl Path {
    /// To be called from `enter_module` of a visitor or mapper.
    pub(crate) fn enter(&mut self, name: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.push(name.to_owned());
        }
    }

    /// To be called from `exit_module`.
    pub(crate) fn exit(&mut self, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.pop();
        }
    }

    /// The names.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// The name under which weight files have the parameter, with PyTorch's words for the two of batch
    /// normalisation.
    pub(crate) fn stored(&self) -> String {
        let named = self.0.iter().map(|name| match name.as_str() {
            "gamma" => "weight",
            "beta" => "bias",
            name => name,
        });
        named.collect::<Vec<_>>().join(".")
    }
}
