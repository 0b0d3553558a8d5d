//! The binary tree of hierarchical softmax.

use std::cmp::Ordering;

/// A Huffman tree over the vocabulary: frequent words are near its root.
///
/// Leaves are the words; the V − 1 inner nodes are numbered from 0 in the order in which they were
/// joined, so that the root is the last, V − 2.
///
/// **Source.** Huffman, "A method for the construction of minimum-redundancy codes" (1952), by two
/// queues as in the program `word2vec`.
///
/// **Differs from the source.** Nothing. A word's path is found from its leaf upwards, which takes 8
/// bytes a word where the program stores 360.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuffmanTree {
    /// Of each word, then of each inner node but the root: its parent, times two, plus 1 where it is
    /// the right child.
    up: Vec<u32>,
    words: usize,
}

/// A step down the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The inner node that it leaves from.
    pub node: u32,
    /// Whether it goes to the right, bit 1 of the code; left is bit 0.
    pub right: bool,
}

impl HuffmanTree {
    /// The tree for words by falling count, at least two and at most 2³¹ − 1. Counts that do not fall
    /// give a tree too, which is not the best.
    pub fn new(counts: &[u64]) -> Self {
        let words = counts.len();
        let inner = words.saturating_sub(1);
        let mut up = vec![0_u32; (2 * words).saturating_sub(2)];
        let mut joined: Vec<u64> = Vec::with_capacity(inner);
        // Of leaves from the least frequent, and of inner nodes from the first: the next to join.
        let (mut leaf, mut next) = (words, 0);
        for node in 0..inner {
            let mut sum = 0_u64;
            for right in [0, 1] {
                let by_leaf = match (leaf.checked_sub(1), joined.get(next)) {
                    (Some(at), Some(&inner)) => counts[at].cmp(&inner) == Ordering::Less,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                let (child, count) = if by_leaf {
                    leaf -= 1;
                    (leaf, counts[leaf])
                } else {
                    next += 1;
                    (words + next - 1, joined[next - 1])
                };
                up[child] = (node as u32) << 1 | right;
                sum = sum.saturating_add(count);
            }
            joined.push(sum);
        }
        HuffmanTree { up, words }
    }

    /// Inner nodes: one fewer than words.
    pub fn nodes(&self) -> usize {
        self.words.saturating_sub(1)
    }

    /// The turns that lead to a word, from the word's leaf up to the root.
    pub fn upwards(&self, word: usize) -> impl Iterator<Item = Turn> {
        let mut at = Some(word);
        std::iter::from_fn(move || {
            let up = *self.up.get(at?)?;
            let node = up >> 1;
            // The root has no entry.
            at = Some(self.words + node as usize);
            Some(Turn { node, right: up & 1 == 1 })
        })
    }

    /// The turns that lead from the root to a word.
    pub fn path(&self, word: usize) -> Vec<Turn> {
        let mut path: Vec<Turn> = self.upwards(word).collect();
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(tree: &HuffmanTree, word: usize) -> String {
        tree.path(word).iter().map(|turn| if turn.right { '1' } else { '0' }).collect()
    }

    #[test]
    fn codes_of_five_words_by_hand() {
        // Counts 10 6 4 3 2. Joined: 2 + 3 = 5 (node 0), 4 + 5 = 9 (node 1), 6 + 9 = 15 (node 2),
        // 10 + 15 = 25 (node 3, the root). The smaller is the left child, bit 0.
        let tree = HuffmanTree::new(&[10, 6, 4, 3, 2]);
        let codes: Vec<String> = (0..5).map(|word| code(&tree, word)).collect();
        assert_eq!(codes, ["0", "10", "110", "1111", "1110"]);
        let nodes: Vec<u32> = tree.path(4).iter().map(|turn| turn.node).collect();
        assert_eq!(nodes, [3, 2, 1, 0]);
        assert_eq!(tree.nodes(), 4);
    }

    #[test]
    fn of_equal_counts_the_joined_node_goes_first() {
        // 1 1 2: 1 + 1 = 2 (node 0) is not above the leaf's 2, so that it is the left child of the root.
        let tree = HuffmanTree::new(&[2, 1, 1]);
        let codes: Vec<String> = (0..3).map(|word| code(&tree, word)).collect();
        assert_eq!(codes, ["1", "01", "00"]);
    }

    #[test]
    fn two_words_take_one_bit() {
        let tree = HuffmanTree::new(&[3, 1]);
        assert_eq!((code(&tree, 0), code(&tree, 1)), ("1".into(), "0".into()));
    }

    #[test]
    fn no_code_begins_another() {
        let counts: Vec<u64> = (1..200_u64).rev().map(|n| n * n * n / 7 + 1).collect();
        let tree = HuffmanTree::new(&counts);
        // Kraft's sum is 1 for a full tree.
        let sum: f64 = (0..counts.len()).map(|w| 0.5_f64.powi(tree.path(w).len() as i32)).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}
