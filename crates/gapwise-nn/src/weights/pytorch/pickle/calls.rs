//! What a pickle may call, and what becomes of it: values, and nothing that runs.

use super::{
    super::{
        super::{WeightFileFault, fault::shown, tensor::View},
        values::{Global, Id, Storage, Tensor, Value},
    },
    Machine, OTHER, Result,
};

/// Letters that the key of a storage may have; PyTorch counts them.
const LONGEST_KEY: usize = 64;

impl<'a> Machine<'a> {
    /// What a call makes. Only names of [`Global`] get here, and all they do is here.
    pub(super) fn call(&mut self, function: Id, arguments: Id) -> Result<Id> {
        let arguments = self.tuple(arguments)?;
        let &Value::Global(function) = self.value(function) else {
            return Err(self.unexpected("a function", function));
        };
        let made = match (function, arguments) {
            (Global::OrderedDict, []) => Value::Dict(Vec::new()),
            // What it is made of is a tuple already.
            (Global::Size, &[sizes]) => return self.tuple(sizes).map(|_| sizes),
            (Global::Parameter, &[data, ..]) => return Ok(data),
            (Global::Tensor, &[storage, offset, shape, strides, ..]) => {
                let &Value::Storage(storage) = self.value(storage) else {
                    return Err(self.unexpected("a storage", storage));
                };
                let offset = self.size(offset)?;
                let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
                if shape.len() != strides.len() {
                    let found = format!("{} of {} axes", strides.len(), shape.len());
                    return Err(self.fault("a stride for each axis", found));
                }
                Value::Tensor(Box::new(Tensor { storage, view: View { offset, shape, strides } }))
            }
            (function, arguments) => {
                let found = format!("{} for {function:?}", arguments.len());
                return Err(self.fault("the arguments that PyTorch writes", found));
            }
        };
        self.push(made);
        self.pop()
    }

    /// Tells an object of its attributes. Dictionaries have versions there, which say no number.
    pub(super) fn build(&mut self) -> Result<()> {
        self.pop()?;
        let object = self.pop()?;
        if !matches!(self.value(object), Value::Dict(_)) {
            return Err(self.unexpected("a dictionary", object));
        }
        self.stack.push(object);
        Ok(())
    }

    /// The storage that `('storage', class, key, device, numbers)` names.
    pub(super) fn storage(&self, id: Id) -> Result<Storage<'a>> {
        let (class, key, numbers) = match *self.tuple(id)? {
            [_, class, key, _, numbers] => (class, key, numbers),
            // Before PyTorch 1.6 there was a sixth, for parts of a storage; none since 0.4.
            [_, class, key, _, numbers, OTHER] => (class, key, numbers),
            _ => return Err(self.unexpected("a storage of PyTorch 0.4 or later", id)),
        };
        let &Value::Global(Global::Storage(dtype)) = self.value(class) else {
            return Err(self.unexpected("the class of a storage", class));
        };
        let (key, numbers) = (self.text(key)?, self.size(numbers)?);
        if key.len() > LONGEST_KEY {
            return Err(self.fault("the short key of a storage", format!("`{}`", shown(key))));
        }
        Ok(Storage { key, dtype, numbers })
    }

    pub(super) fn push_global(&mut self, module: &str, name: &str) -> Result<()> {
        let global = Global::named(module, name)
            .ok_or_else(|| WeightFileFault::Runs { global: shown(&format!("{module}.{name}")) })?;
        self.push(Value::Global(global));
        Ok(())
    }
}
