//! Words drawn by their frequency to the power of ¾, in constant time.

use rand::RngExt;

/// Walker's table: each entry is shared by a word and its alias.
///
/// **Source.** Walker, "An efficient method for generating discrete random variables with general
/// distributions" (1977), as Vose builds it; the power is Mikolov et al.'s (2013). **Differs from the
/// source.** The program `word2vec` draws from a table of 100 million entries, which is 400 MB and rounds
/// probabilities to 10⁻⁸.
#[derive(Debug, Clone)]
pub(crate) struct NegativeTable {
    /// The share of an entry that is its own word's, of 2³², and the word that has the rest.
    entries: Vec<(u32, u32)>,
}

impl NegativeTable {
    pub(crate) fn new(counts: &[u64]) -> Self {
        let powers: Vec<f64> = counts.iter().map(|&count| (count as f64).powf(0.75)).collect();
        let sum: f64 = powers.iter().sum();
        let mut shares: Vec<f64> =
            powers.iter().map(|power| power / sum * counts.len() as f64).collect();
        let mut entries: Vec<(u32, u32)> =
            (0..counts.len() as u32).map(|word| (u32::MAX, word)).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..counts.len() as u32).partition(|&word| shares[word as usize] < 1.0);
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            let share = shares[low as usize];
            entries[low as usize] = ((share * f64::from(u32::MAX)) as u32, high);
            shares[high as usize] -= 1.0 - share;
            if shares[high as usize] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        NegativeTable { entries }
    }

    #[inline(always)]
    pub(crate) fn draw(&self, random: &mut impl RngExt) -> u32 {
        let drawn: u64 = random.random();
        // The upper half, scaled to the entries: off by less than entries / 2³².
        let at = ((drawn >> 32) * self.entries.len() as u64) >> 32;
        let (own, alias) = self.entries[at as usize];
        if drawn as u32 <= own { at as u32 } else { alias }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn words_are_drawn_by_the_power_of_three_quarters() {
        // 16^¾ = 8 and 1^¾ = 1, twice: shares 0.8, 0.1, 0.1.
        let table = NegativeTable::new(&[16, 1, 1]);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut found = [0.0_f64; 3];
        (0..100_000).for_each(|_| found[table.draw(&mut random) as usize] += 1e-5);
        for (found, share) in found.into_iter().zip([0.8, 0.1, 0.1]) {
            assert!((found - share).abs() < 0.006, "{found} {share}");
        }
    }
}
