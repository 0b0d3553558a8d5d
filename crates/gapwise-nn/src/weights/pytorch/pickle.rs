//! The stack machine that reads a pickle, protocols 2 to 5.

mod calls;

use std::collections::HashMap;

use super::{
    super::WeightFileFault,
    values::{Id, Storage, Value},
};

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Id,
    /// Bytes up to its end; others may follow.
    pub(super) length: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle at the beginning of `bytes`.
    ///
    /// # Errors
    ///
    /// [`WeightFileFault::Runs`] for a name that no state dict needs, [`WeightFileFault::Pickle`]
    /// for any other instruction that it has no use for, or that has nothing to work on.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let values = vec![Value::Other];
        let (stack, marks, memo) = (Vec::new(), Vec::new(), HashMap::new());
        let mut machine = Machine { bytes, at: 0, begun: 0, values, stack, marks, memo };
        for _ in 0..MOST_INSTRUCTIONS {
            machine.begun = machine.at;
            if let Some(root) = machine.step()? {
                return Ok(Self { values: machine.values, root, length: machine.at });
            }
        }
        Err(machine.fault("fewer instructions", format!("more than {MOST_INSTRUCTIONS}")))
    }

    pub(super) fn root(&self) -> &Value<'a> {
        self.value(self.root)
    }

    pub(super) fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id as usize]
    }

    /// Every storage that it names, as often as it does.
    pub(super) fn storages(&self) -> impl Iterator<Item = &Storage<'a>> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(storage),
            _ => None,
        })
    }
}

/// Instructions of a pickle: some forty make a tensor of a state dict. Each adds at most one value,
/// one place of the stack and one of the memo, some hundred bytes.
const MOST_INSTRUCTIONS: usize = 1 << 22;

/// The number of the value that is in place of all which no tensor is made of.
const OTHER: Id = 0;

/// Axes that a tensor may have: PyTorch's own limit is 64.
const MOST_AXES: usize = 64;

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The byte of the instruction that is carried out.
    begun: usize,
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// Heights of the stack at which a group of items begins.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

type Result<T> = std::result::Result<T, WeightFileFault>;

impl<'a> Machine<'a> {
    /// Carries out one instruction. The last of all gives the value that was made.
    fn step(&mut self) -> Result<Option<Id>> {
        let [instruction] = self.number()?;
        match instruction {
            // Protocol; the length of a frame, which only streams need.
            0x80 => {
                let [protocol] = self.number()?;
                if protocol > 5 {
                    return Err(self.fault("a protocol of 2 to 5", protocol.to_string()));
                }
            }
            0x95 => drop(self.number::<8>()?),
            b'.' => return self.pop().map(Some),
            // None, true, false, floats, bytes.
            b'N' | 0x88 | 0x89 => self.stack.push(OTHER),
            b'G' => drop(self.number::<8>().map(|_| self.stack.push(OTHER))?),
            b'C' => self.counted::<1>().map(|_| self.stack.push(OTHER))?,
            b'B' => self.counted::<4>().map(|_| self.stack.push(OTHER))?,
            0x8E | 0x96 => self.counted::<8>().map(|_| self.stack.push(OTHER))?,
            // Whole numbers.
            b'K' => self.number().map(u8::from_le_bytes).map(|n| self.push_number(n.into()))?,
            b'M' => self.number().map(u16::from_le_bytes).map(|n| self.push_number(n.into()))?,
            b'J' => self.number().map(i32::from_le_bytes).map(|n| self.push_number(n.into()))?,
            0x8A => self.counted::<1>().map(|bytes| self.push_long(bytes))?,
            0x8B => self.counted::<4>().map(|bytes| self.push_long(bytes))?,
            // Text; that of Python 2 may be bytes.
            b'U' => self.counted::<1>().and_then(|bytes| self.push_text(bytes))?,
            b'T' => self.counted::<4>().and_then(|bytes| self.push_text(bytes))?,
            0x8C => self.counted::<1>().and_then(|bytes| self.push_text(bytes))?,
            b'X' => self.counted::<4>().and_then(|bytes| self.push_text(bytes))?,
            0x8D => self.counted::<8>().and_then(|bytes| self.push_text(bytes))?,
            // Tuples, lists, dictionaries.
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.push(Value::Tuple(Vec::new())),
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(instruction - 0x84))?;
                self.push(Value::Tuple(items));
            }
            b't' => self.pop_marked().map(|items| self.push(Value::Tuple(items)))?,
            b']' => self.push(Value::List(Vec::new())),
            b'a' => self.pop_many(1).and_then(|items| self.append(&items))?,
            b'e' => self.pop_marked().and_then(|items| self.append(&items))?,
            b'}' => self.push(Value::Dict(Vec::new())),
            b's' => self.pop_many(2).and_then(|items| self.set(&items))?,
            b'u' => self.pop_marked().and_then(|items| self.set(&items))?,
            // The memo, through which a value stands in several places.
            b'q' => self.number().map(u8::from_le_bytes).and_then(|key| self.keep(key.into()))?,
            b'r' => self.number().map(u32::from_le_bytes).and_then(|key| self.keep(key))?,
            // At most as many as there are instructions.
            0x94 => self.keep(self.memo.len() as u32)?,
            b'h' => self.number().map(u8::from_le_bytes).and_then(|key| self.again(key.into()))?,
            b'j' => self.number().map(u32::from_le_bytes).and_then(|key| self.again(key))?,
            // Names, calls, what an object is told of itself, storages.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push_global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (module, name) = (self.text(module)?, self.text(name)?);
                self.push_global(module, name)?;
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let made = self.call(function, arguments)?;
                self.stack.push(made);
            }
            b'b' => self.build()?,
            b'Q' => {
                let storage = self.pop().and_then(|id| self.storage(id))?;
                self.push(Value::Storage(storage));
            }
            other => {
                let found = format!("the instruction 0x{other:02x}");
                return Err(self.fault("an instruction that makes a state dict", found));
            }
        }
        Ok(None)
    }

    fn push(&mut self, value: Value<'a>) {
        // There are fewer values than `MOST_INSTRUCTIONS`, so that their number fits.
        let id = self.values.len() as Id;
        self.values.push(value);
        self.stack.push(id);
    }

    fn push_number(&mut self, number: i64) {
        self.push(Value::Number(number));
    }

    /// A whole number in as few bytes as hold it, of which the last has the sign.
    fn push_long(&mut self, bytes: &[u8]) {
        let mut whole = match bytes.last() {
            Some(last) if *last >= 0x80 => [0xFF; 8],
            _ => [0; 8],
        };
        match whole.get_mut(..bytes.len()) {
            Some(low) => {
                low.copy_from_slice(bytes);
                self.push_number(i64::from_le_bytes(whole));
            }
            // No size is that large.
            None => self.stack.push(OTHER),
        }
    }

    fn push_text(&mut self, bytes: &'a [u8]) -> Result<()> {
        match str::from_utf8(bytes) {
            Ok(text) => self.push(Value::Text(text)),
            Err(_) => self.stack.push(OTHER),
        }
        Ok(())
    }

    /// Adds to the list on top of the stack.
    fn append(&mut self, items: &[Id]) -> Result<()> {
        let top = self.top()?;
        match &mut self.values[top as usize] {
            Value::List(list) => list.extend_from_slice(items),
            _ => return Err(self.unexpected("a list", top)),
        }
        Ok(())
    }

    /// Adds keys and values, in turns, to the dictionary on top of the stack.
    fn set(&mut self, items: &[Id]) -> Result<()> {
        let top = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        match &mut self.values[top as usize] {
            Value::Dict(dict) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            _ => return Err(self.unexpected("a dictionary with a value for each key", top)),
        }
        Ok(())
    }

    fn keep(&mut self, key: u32) -> Result<()> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn again(&mut self, key: u32) -> Result<()> {
        let found = || format!("number {key}, which was not kept");
        let id = *self.memo.get(&key).ok_or_else(|| self.fault("a value of the memo", found()))?;
        self.stack.push(id);
        Ok(())
    }

    /// The height of the stack below which no instruction reaches: that of the innermost group.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id> {
        let above = self.stack.get(self.floor()..).unwrap_or_default();
        above.last().copied().ok_or_else(|| self.fault("a value to work on", "none".to_owned()))
    }

    fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        match self.stack.len().checked_sub(count) {
            Some(height) if height >= self.floor() => Ok(self.stack.split_off(height)),
            _ => Err(self.fault("values to work on", "too few".to_owned())),
        }
    }

    fn pop_marked(&mut self) -> Result<Vec<Id>> {
        let height = self.marks.pop();
        let none = || self.fault("the beginning of a group", "none".to_owned());
        let height = height.ok_or_else(none)?;
        Ok(self.stack.split_off(height))
    }

    fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id as usize]
    }

    fn tuple(&self, id: Id) -> Result<&[Id]> {
        match self.value(id) {
            Value::Tuple(items) => Ok(items),
            _ => Err(self.unexpected("a tuple", id)),
        }
    }

    fn text(&self, id: Id) -> Result<&'a str> {
        match self.value(id) {
            Value::Text(text) => Ok(text),
            _ => Err(self.unexpected("a text", id)),
        }
    }

    fn size(&self, id: Id) -> Result<usize> {
        match self.value(id) {
            Value::Number(number) => usize::try_from(*number)
                .map_err(|_| self.fault("a size of at least 0", number.to_string())),
            _ => Err(self.unexpected("a size", id)),
        }
    }

    fn sizes(&self, id: Id) -> Result<Vec<usize>> {
        let sizes = self.tuple(id)?;
        if sizes.len() > MOST_AXES {
            return Err(self.fault("a tensor of at most 64 axes", sizes.len().to_string()));
        }
        sizes.iter().map(|id| self.size(*id)).collect()
    }

    /// The next bytes, as many as the number takes that they are.
    fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.bytes[self.at..].first_chunk() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(self.ends()),
        }
    }

    /// The bytes whose count stands before them in `N` bytes.
    fn counted<const N: usize>(&mut self) -> Result<&'a [u8]> {
        let mut count = [0; 8];
        count[..N].copy_from_slice(&self.number::<N>()?);
        let rest = &self.bytes[self.at..];
        let bytes = usize::try_from(u64::from_le_bytes(count)).ok().and_then(|n| rest.get(..n));
        let bytes = bytes.ok_or_else(|| self.ends())?;
        self.at += bytes.len();
        Ok(bytes)
    }

    /// The text up to the end of the line.
    fn line(&mut self) -> Result<&'a str> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| self.ends())?;
        let text = str::from_utf8(&rest[..length])
            .map_err(|_| self.fault("a name", "bytes that are no text".to_owned()))?;
        self.at += length + 1;
        Ok(text)
    }

    fn ends(&self) -> WeightFileFault {
        self.fault("more bytes", format!("its end after {}", self.bytes.len()))
    }

    fn unexpected(&self, expected: &'static str, id: Id) -> WeightFileFault {
        self.fault(expected, self.value(id).kind().to_owned())
    }

    fn fault(&self, expected: &'static str, found: String) -> WeightFileFault {
        WeightFileFault::Pickle { at: self.begun, expected, found }
    }
}
