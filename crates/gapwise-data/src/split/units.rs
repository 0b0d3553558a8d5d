//! Examples that must stay on one side of every split: those of one group, and exact duplicates.

use crate::Dataset;

/// Sets of free examples that go to one split together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Units {
    /// Sets of two or more, each in the data set's order, by their first example.
    pub(super) several: Vec<Vec<u32>>,
    /// Examples that nothing ties to another, in the data set's order.
    pub(super) single: Vec<u32>,
    /// Exact duplicates among the free examples: sets, and examples in them.
    pub(super) duplicates: (usize, usize),
}

impl Units {
    /// How many sets there are, those of one example among them.
    pub(super) fn len(&self) -> usize {
        self.several.len() + self.single.len()
    }

    /// Ties the `free` examples of a data set together. Where a duplicate stands in two groups, the
    /// two groups stay together.
    pub(super) fn of(dataset: &Dataset, free: &[u32]) -> Units {
        let mut ties = Ties::new(free.len());
        let mut duplicates = (0, 0);
        let equal_runs = |key: &dyn Fn(u32) -> u128| {
            let mut order: Vec<u32> = (0..free.len() as u32).collect();
            order.sort_unstable_by_key(|&at| (key(free[at as usize]), at));
            let runs: Vec<Vec<u32>> = order
                .chunk_by(|&a, &b| key(free[a as usize]) == key(free[b as usize]))
                .filter(|run| run.len() > 1)
                .map(<[u32]>::to_vec)
                .collect();
            runs
        };
        let identity = dataset.identity();
        for run in equal_runs(&|example| identity[example as usize]) {
            duplicates = (duplicates.0 + 1, duplicates.1 + run.len());
            ties.tie(&run);
        }
        if let Some(groups) = &dataset.groups {
            for run in equal_runs(&|example| u128::from(groups.of[example as usize])) {
                ties.tie(&run);
            }
        }

        let mut members: Vec<Vec<u32>> = vec![Vec::new(); free.len()];
        for at in 0..free.len() as u32 {
            members[ties.root(at) as usize].push(free[at as usize]);
        }
        let (mut several, mut single) = (Vec::new(), Vec::new());
        for set in members {
            match set.as_slice() {
                [] => {}
                [alone] => single.push(*alone),
                _ => several.push(set),
            }
        }
        Units { several, single, duplicates }
    }
}

/// Disjoint sets; each is known by its first member.
struct Ties(Vec<u32>);

impl Ties {
    fn new(members: usize) -> Self {
        Ties((0..members as u32).collect())
    }

    fn root(&mut self, of: u32) -> u32 {
        let mut at = of;
        while self.0[at as usize] != at {
            // Halving the path keeps later walks short.
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    fn tie(&mut self, run: &[u32]) {
        for pair in run.windows(2) {
            let (one, other) = (self.root(pair[0]), self.root(pair[1]));
            self.0[one.max(other) as usize] = one.min(other);
        }
    }
}
