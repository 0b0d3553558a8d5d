//! What the training file says about all files of a table: layout, columns, and what each is for.

use rayon::prelude::*;

use super::{
    ColumnKind, ColumnRole, ColumnSchema, DateOrder, bytes, date, find, header,
    keys::TEXT_LEFT_OUT,
    kind::{self, Codes, Doubt, Marks},
    layout::{self, CutFile, Layout, id_prefix},
    met::Met,
    missing::Missing,
    notation::{Asked, DecimalMark, Notation},
    part::Part,
    read::TableFiles,
    times,
};
use crate::{
    DataError, Place, Problem, SourceOptions,
    problem::{TimeProblem, Wanted, WeightProblem},
    shown::{on_one_line, shown},
    split::Split,
    wording::{counted, joined, written as number_text},
};

/// What the training file says about all files.
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) columns: Vec<ColumnSchema>,
    pub(super) label: usize,
    pub(super) group: Option<usize>,
    pub(super) weights: Option<usize>,
    pub(super) time: Option<usize>,
    /// Why each column is left out, if it is.
    pub(super) left_out: Vec<Option<String>>,
    /// Which cells have no value, and what of it was asked for.
    pub(super) missing: Missing,
    pub(super) asked_missing: Vec<String>,
    /// Why the label may not be what was meant.
    pub(super) label_doubt: Option<Problem>,
}

/// Opens the training file and decides what its lines and columns are. `None` where a problem
/// among those met leaves nothing to go on with.
pub(super) fn open_train(
    files: &TableFiles,
    options: &SourceOptions,
    met: &mut Met,
) -> Result<Option<(Plan, Part)>, DataError> {
    let path = files.train_from.as_ref().unwrap_or(&files.train).as_path();
    if let Some(found) = options.delimiter.filter(|delimiter| !is_delimiter(*delimiter)) {
        return Err(Problem::BadDelimiter { place: Place::path(path), found }.into());
    }
    let decoded = bytes::open(path)?;
    met.hashed.update(decoded.digest.as_bytes());
    met.notes.extend(decoded.notes);
    let asked = layout::Asked { delimiter: options.delimiter, quote: options.quote };
    let CutFile { mut cut, dialect } = layout::cut_file(path, &decoded.text, asked)?;
    drop(decoded.text);

    let asked: Vec<&str> =
        [&options.label, &options.group, &options.example_weights, &options.time]
            .into_iter()
            .flatten()
            .chain(&options.ignore)
            .map(String::as_str)
            .collect();
    let padded = match options.header {
        Some(false) => 0,
        _ => header::titles(&mut cut.grid, &asked),
    };
    let (detected, reason) = header::detect(&cut.grid, &asked);
    layout::settle_titles(path, &mut cut, padded, detected && options.header != Some(false));
    met.notes.extend(cut.notes);
    met.problems.extend(cut.problems);
    let grid = cut.grid;
    let header = options.header.unwrap_or_else(|| {
        let header = detected;
        if header {
            met.say(format!("the first line holds names: {reason}"), Some("--no-header"));
        } else {
            met.say(format!("no line holds names: {reason}"), Some("--header"));
        }
        header
    });
    let (names, changed) = header::names(&grid, header);
    for said in changed {
        met.say(said, None);
    }
    let first = usize::from(header).min(grid.rows());
    if grid.rows() == first {
        // Lines that were refused for their number of fields have said why there is none.
        if options.skip_bad || met.problems.is_empty() {
            met.problems.push(Problem::NoExamples { place: Place::path(path) });
        }
        return Ok(None);
    }
    // A training source of its own trains, whatever the other gives.
    let trains = files.train_from.is_some() || files.validation.is_some() && files.test.is_some();
    let part = Part {
        path: path.to_owned(),
        id_prefix: id_prefix(path),
        split: trains.then_some(Split::Train),
        places: (0..names.len()).map(Some).collect(),
        first,
        grid,
    };
    let layout = Layout { header, dialect };
    Ok(plan(&part, names, layout, (options, met)).map(|plan| (plan, part)))
}

fn is_delimiter(delimiter: char) -> bool {
    delimiter.is_ascii()
        && !delimiter.is_ascii_alphanumeric()
        && !matches!(delimiter, '"' | '\n' | '\r' | '\0')
}

/// Columns by what they are for, as places among the names.
struct Roles {
    label: usize,
    group: Option<usize>,
    weights: Option<usize>,
    time: Option<usize>,
    /// One for each option that names a column to leave out.
    ignored: Vec<Option<usize>>,
}

impl Roles {
    /// Finds the columns that were asked for, and guesses the label where it was not. `None` where one
    /// is not there.
    fn find(
        train: &Part,
        names: &[String],
        (options, met): (&SourceOptions, &mut Met),
    ) -> Option<Roles> {
        let mut absent = false;
        let mut find = |wanted, asked: &str, met: &mut Met| {
            let place = find::column(names, asked);
            if place.is_none() {
                absent = true;
                met.problems.push(find::not_found(&train.path, wanted, asked, names));
            }
            place
        };
        let weights =
            options.example_weights.as_ref().map(|asked| find(Wanted::ExampleWeights, asked, met));
        let time = options.time.as_ref().map(|asked| find(Wanted::Time, asked, met));
        let label = match &options.label {
            Some(asked) => find(Wanted::Label, asked, met),
            None => {
                let taken: Vec<usize> = [weights, time].into_iter().flatten().flatten().collect();
                let (place, note) = find::guess_label(names, &taken);
                met.notes.push(note);
                Some(place)
            }
        };
        let group = options.group.as_ref().map(|asked| find(Wanted::Group, asked, met));
        let ignored = options.ignore.iter().map(|asked| find(Wanted::Ignore, asked, met)).collect();
        let label = label.filter(|_| !absent)?;
        let (group, weights, time) = (group.flatten(), weights.flatten(), time.flatten());
        Some(Roles { label, group, weights, time, ignored })
    }

    /// Says that weights are no input. `None` where their column is something else too.
    fn check_weights(&self, train: &Part, names: &[String], met: &mut Met) -> Option<()> {
        let Some(place) = self.weights else { return Some(()) };
        let also = [
            (Wanted::Label, self.label == place),
            (Wanted::Group, self.group == self.weights),
            (Wanted::Ignore, self.ignored.contains(&self.weights)),
        ];
        let name = &names[place];
        if let Some((also, _)) = also.into_iter().find(|&(_, also)| also) {
            let place = Place::path(&train.path).column(name);
            met.problems.push(WeightProblem::Shared { place, also }.into());
            return None;
        }
        met.say(format!("`{name}` says how much each example counts, so it is no input"), None);
        Some(())
    }

    /// Says that times are no input. `None` where their column is something else too, or where the
    /// split cannot follow them.
    fn check_time(
        &self,
        train: &Part,
        names: &[String],
        (options, met): (&SourceOptions, &mut Met),
    ) -> Option<()> {
        let Some(place) = self.time else { return Some(()) };
        let also = [
            (Wanted::Label, self.label == place),
            (Wanted::ExampleWeights, self.weights == self.time),
            (Wanted::Ignore, self.ignored.contains(&self.time)),
        ];
        let name = &names[place];
        let also = also.into_iter().find(|&(_, also)| also);
        let place = Place::path(&train.path);
        let problem = if let Some((also, _)) = also {
            TimeProblem::Shared { place: place.column(name), also }
        } else if self.group.is_some() {
            TimeProblem::WithGroups { place }
        } else if options.train_from.is_some() {
            TimeProblem::WithSource { place }
        } else {
            let said = format!(
                "`{name}` says when each example was: the split follows it, and it is no input"
            );
            met.say(said, None);
            return Some(());
        };
        met.problems.push(problem.into());
        None
    }
}

/// Decides what every column is and is for. `None` where a column asked for is not there.
fn plan(
    train: &Part,
    names: Vec<String>,
    layout: Layout,
    (options, met): (&SourceOptions, &mut Met),
) -> Option<Plan> {
    let roles = Roles::find(train, &names, (options, met))?;
    roles.check_weights(train, &names, met)?;
    roles.check_time(train, &names, (options, met))?;
    let Roles { label, group, weights, time, ignored } = roles;

    let missing = Missing::of(&options.missing);
    let asked = Asked { decimal: options.decimal, thousands: options.thousands };
    let infer =
        |column| kind::infer_as(train.cells(column), kind::Said { missing: &missing, asked });
    let mut verdicts: Vec<kind::Verdict> = (0..names.len()).into_par_iter().map(infer).collect();
    let undecided = settle_marks(&mut verdicts, (layout.dialect.delimiter, asked));
    let read: Vec<usize> = (0..names.len())
        .filter(|place| !ignored.contains(&Some(*place)) && group != Some(*place))
        .collect();
    say_notations(train, (&names, &read), (&verdicts, &undecided), met);
    let mut label_doubt = None;
    let mut left_out = vec![None; names.len()];
    let mut columns = Vec::with_capacity(names.len());
    for (place, (name, verdict)) in names.into_iter().zip(verdicts).enumerate() {
        let role = if place == label {
            label_doubt = doubt(train, place, (&name, &verdict));
            say_codes(train, place, (&name, &verdict), met);
            ColumnRole::Label
        } else if group == Some(place) {
            ColumnRole::Group
        } else if weights == Some(place) {
            ColumnRole::Weight
        } else if time == Some(place) {
            if let Some(problem) = doubt(train, place, (&name, &verdict)) {
                met.problems.push(problem);
            }
            if !times::is_ordered(verdict.kind) {
                let (place, found) =
                    (Place::path(&train.path).column(&name), verdict.kind.as_str());
                met.problems.push(TimeProblem::Kind { place, found }.into());
                return None;
            }
            if let Some(order) = verdict.date_order {
                say_date_order(train, place, (&name, order), met);
            }
            ColumnRole::Time
        } else if ignored.contains(&Some(place)) {
            left_out[place] = Some("named by `--ignore`".to_owned());
            ColumnRole::LeftOut
        } else {
            if let Some(problem) = doubt(train, place, (&name, &verdict)) {
                met.problems.push(problem);
            }
            say_codes(train, place, (&name, &verdict), met);
            if let Some(order) = verdict.date_order {
                say_date_order(train, place, (&name, order), met);
            }
            if verdict.kind == ColumnKind::Text {
                met.say(
                    format!(
                        "column `{name}` is left out: it is text that differs in most examples"
                    ),
                    None,
                );
                left_out[place] = Some(TEXT_LEFT_OUT.to_owned());
                ColumnRole::LeftOut
            } else {
                ColumnRole::Input
            }
        };
        columns.push(ColumnSchema {
            name,
            kind: verdict.kind,
            role,
            date_order: verdict.date_order,
            notation: verdict.notation,
        });
    }
    let asked_missing = options.missing.clone();
    Some(Plan {
        layout,
        columns,
        label,
        group,
        weights,
        time,
        left_out,
        missing,
        asked_missing,
        label_doubt,
    })
}

/// Decides columns whose numbers fit two notations by what the others say, else by the delimiter: a
/// semicolon separates fields where commas stand in numbers. Tells which were decided so.
fn settle_marks(verdicts: &mut [kind::Verdict], (delimiter, asked): (char, Asked)) -> Vec<bool> {
    let says = |mark| verdicts.iter().any(|verdict| verdict.marks == Marks::Decided(mark));
    let (point, comma) = (says(DecimalMark::Point), says(DecimalMark::Comma));
    let mark = asked.decimal.unwrap_or(match (point, comma) {
        (true, false) => DecimalMark::Point,
        (false, true) => DecimalMark::Comma,
        _ if delimiter == ';' => DecimalMark::Comma,
        _ => DecimalMark::Point,
    });
    // Plain numbers are others only where the table has decimal commas and no decimal points.
    let plain_as = if comma && !point { DecimalMark::Comma } else { DecimalMark::Point };
    verdicts
        .iter_mut()
        .map(|verdict| {
            let Marks::Or(other) = &verdict.marks else { return false };
            let is = verdict.notation.as_ref().map_or(DecimalMark::Point, |found| found.decimal);
            let wanted = if verdict.notation.is_none() { plain_as } else { mark };
            if is != wanted {
                verdict.notation = Some(other.clone());
            }
            verdict.notation.is_some() && asked.decimal.is_none()
        })
        .collect()
}

/// Says in one note which columns have numbers that are not written as programs do, each with an
/// example.
fn say_notations(
    train: &Part,
    (names, read): (&[String], &[usize]),
    (verdicts, undecided): (&[kind::Verdict], &[bool]),
    met: &mut Met,
) {
    /// The most columns that are named.
    const NAMED: usize = 4;
    let written: Vec<(usize, &Notation)> = read
        .iter()
        .filter_map(|place| Some((*place, verdicts[*place].notation.as_ref()?)))
        .collect();
    let example = |(place, notation): &(usize, &Notation)| {
        let name = on_one_line(&names[*place]);
        let differs = |cell: &&str| {
            notation.number(cell).is_some_and(|value| kind::number(cell) != Some(value))
        };
        let Some(cell) = train.cells(*place).find(differs) else { return format!("`{name}`") };
        let value = notation.number(cell).map_or(String::new(), number_text);
        let or = if undecided[*place] { ", though it could be another" } else { "" };
        format!("`{name}` (`{}` is {value}{or})", shown(cell))
    };
    if written.is_empty() {
        return;
    }
    let mut listed: Vec<String> = written.iter().take(NAMED).map(example).collect();
    if written.len() > NAMED {
        listed.push(counted(written.len() - NAMED, "other column"));
    }
    let said = format!("numbers are read as people write them in {}", joined(&listed, "and"));
    met.say(said, Some("--decimal` or `--thousands"));
}

/// Says why whole numbers are no numbers.
fn say_codes(train: &Part, column: usize, (name, verdict): (&str, &kind::Verdict), met: &mut Met) {
    let (first, why) = match verdict.codes {
        Some(Codes::LeadingZero { first }) => (first, "begins with a zero"),
        Some(Codes::TooLong { first }) => (first, "has more digits than a number keeps"),
        None => return,
    };
    let place = train.place(first);
    let line = place.row.map_or(String::new(), |line| format!(" (line {line})"));
    let found = shown(train.cell(first, column));
    met.say(
        format!("`{}` holds codes, no numbers: `{found}`{line} {why}", on_one_line(name)),
        None,
    );
}

/// Says whether the day or the month comes first in a column of dates, and what tells it.
fn say_date_order(train: &Part, column: usize, (name, order): (&str, DateOrder), met: &mut Met) {
    let (words, other) = match order {
        // The only order of dates that begin with a year.
        DateOrder::YearFirst => return,
        DateOrder::DayFirst => ("day/month/year", DateOrder::MonthFirst),
        DateOrder::MonthFirst => ("month/day/year", DateOrder::DayFirst),
    };
    let tells =
        |cell: &&str| date::parse(cell, order).is_some() && date::parse(cell, other).is_none();
    if let Some(cell) = train.cells(column).find(tells) {
        let said = format!("`{name}` is read as {words}: `{}` can be nothing else", shown(cell));
        met.say(said, None);
    }
}

/// Where a column's kind may not be what was meant.
fn doubt(train: &Part, column: usize, (name, verdict): (&str, &kind::Verdict)) -> Option<Problem> {
    let read_as = if verdict.kind == ColumnKind::Text { "text" } else { "categories" }.to_owned();
    let cell = |example| (train.place(example).column(name), shown(train.cell(example, column)));
    Some(match verdict.doubt? {
        Doubt::MostlyNumbers { numbers, others, first_other } => {
            let (place, found) = cell(first_other);
            Problem::MostlyNumbers { place, numbers, others, found, read_as }
        }
        Doubt::MixedNumbers { first, other } => {
            let (place, found) = cell(first.max(other));
            let (before, earlier) = cell(first.min(other));
            let line = before.row.unwrap_or_default();
            Problem::MixedNumbers { place, found, other: earlier, line, read_as }
        }
        Doubt::AmbiguousDates { first } => {
            let (place, found) = cell(first);
            Problem::AmbiguousDates { place, found, read_as }
        }
    })
}
