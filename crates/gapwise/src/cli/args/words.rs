//! The flags of `gapwise words`.

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand, ValueEnum};
use gapwise::{
    vectors::{
        WordsError,
        corpus::{PhraseRule, Subsampling, SubsamplingRule, Tokens},
        glove::GloveSettings,
        map::Projection,
        query::AnalogyRule,
        train::{Loss, Model},
        vectors::Format,
    },
    words::{WordsChoice, WordsModel},
};

use super::{OutputArgs, values};

#[derive(Debug, Subcommand)]
pub(crate) enum WordsCommand {
    /// Train vectors on text: word2vec or GloVe
    #[command(after_help = "\
Examples:
  gapwise words train books.txt.gz -o books.safetensors
  gapwise words train a.txt b.txt -o vectors.bin --model cbow --window 5 --threads 1
  zcat wiki.gz | gapwise words train - -o wiki.vec --tokens as-is --loss hierarchical-softmax
  gapwise words train books.txt.gz -o books.safetensors --resume")]
    Train(TrainWordsArgs),
    /// The words whose vectors are nearest by cosine
    #[command(after_help = "\
Examples:
  gapwise words similar books.safetensors river
  gapwise words similar crawl-300d-2M.vec river --search approximate")]
    Similar(SimilarArgs),
    /// A is to B as C is to what?
    #[command(after_help = "Example:\n  gapwise words analogy books.safetensors man woman king")]
    Analogy(AnalogyArgs),
    /// How similar two words are
    #[command(after_help = "\
Examples:
  gapwise words compare books.safetensors river water
  gapwise words train books.txt.gz -o tree.safetensors --loss hierarchical-softmax
  gapwise words compare tree.safetensors river water --explain")]
    Compare(CompareWordsArgs),
    /// Score vectors on known analogies and similarities
    #[command(after_help = "\
Example:
  gapwise words evaluate books.safetensors questions-words.txt EN-WS-353-ALL.txt")]
    Evaluate(EvaluateWordsArgs),
    /// Write vectors in another format
    #[command(
        after_help = "Example:\n  gapwise words convert glove.6B.300d.txt -o glove.safetensors"
    )]
    Convert(ConvertArgs),
    /// Draw the most frequent words on a map: one HTML page
    #[command(after_help = "Example:\n  gapwise words plot books.safetensors -o map.html")]
    Plot(PlotArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ModelArg {
    SkipGram,
    Cbow,
    Glove,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum LossArg {
    NegativeSampling,
    HierarchicalSoftmax,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TokensArg {
    Words,
    AsIs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RuleArg {
    Program,
    Paper,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    Safetensors,
    Word2vecBinary,
    Word2vecText,
    GloveText,
    FasttextText,
}

impl FormatArg {
    pub(crate) fn format(self) -> Format {
        match self {
            FormatArg::Safetensors => Format::Safetensors,
            FormatArg::Word2vecBinary => Format::Word2vecBinary,
            FormatArg::Word2vecText => Format::Word2vecText,
            FormatArg::GloveText => Format::GloveText,
            FormatArg::FasttextText => Format::FasttextText,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct TrainWordsArgs {
    /// Text, plain or gzip, one sentence a line; `-` is standard input
    #[arg(required = true, value_name = "CORPUS")]
    corpus: Vec<PathBuf>,
    /// Where the vectors go: .safetensors keeps all, .bin and .txt are word2vec's, .vec is fastText's;
    /// training takes four bytes a word beside it while it runs
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// The format of the vectors [default: by the file's name]
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// skip-gram and cbow are word2vec
    #[arg(long, value_enum, default_value = "skip-gram")]
    model: ModelArg,
    /// How word2vec predicts a word [default: negative-sampling]
    #[arg(long, value_enum)]
    loss: Option<LossArg>,
    /// Words drawn for each window by negative sampling [default: 5]
    #[arg(long, value_name = "N")]
    negatives: Option<usize>,
    /// How text becomes words: Unicode words in lower case, or what stands between spaces
    #[arg(long, value_enum, default_value = "words")]
    tokens: TokensArg,
    /// Leave out words that occur less often
    #[arg(long, default_value_t = 5, value_name = "N")]
    min_count: u64,
    /// Join pairs of words that belong together, as word2phrase does
    #[arg(long)]
    phrases: bool,
    /// The score above which a pair is joined
    #[arg(
        long,
        default_value_t = 100.0,
        value_name = "SCORE",
        requires = "phrases",
        allow_negative_numbers = true
    )]
    phrase_threshold: f64,
    /// Words to each side of a window [default: by the size of the corpus]
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Give every window of word2vec its full size, instead of one drawn for each
    #[arg(long)]
    fixed_window: bool,
    /// The share from which word2vec passes over a word now and then; 0 keeps all [default: 0.001]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    subsample: Option<f64>,
    /// Which formula says how often: its program keeps √(t/f) + t/f, its paper √(t/f) [default: program]
    #[arg(long, value_enum)]
    subsample_rule: Option<RuleArg>,
    /// Numbers of a vector
    #[arg(long, default_value_t = 100, value_name = "N")]
    dimensions: usize,
    /// Passes over the corpus [default: 5; GloVe 50]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// The learning rate at the beginning [default: 0.025; cbow and GloVe 0.05]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// The seed of every draw
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The weight from which GloVe counts a pair fully [default: 100]
    #[arg(long, value_name = "WEIGHT", allow_negative_numbers = true)]
    x_max: Option<f64>,
    /// MiB in which GloVe counts co-occurrences; more goes to disk, and another value gives other bits
    /// [default: 1024]
    #[arg(long, value_name = "MIB")]
    memory: Option<usize>,
    /// Go on from the checkpoint that an interrupted training left
    #[arg(long)]
    resume: bool,
    /// Seconds between checkpoints
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    checkpoint_every: u64,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl TrainWordsArgs {
    /// # Errors
    ///
    /// A flag that the model does not have.
    pub(crate) fn choice(&self, threads: usize) -> Result<WordsChoice, WordsError> {
        self.fits()?;
        let loss = match self.loss {
            Some(LossArg::HierarchicalSoftmax) => Loss::HierarchicalSoftmax,
            _ => Loss::NegativeSampling { negatives: self.negatives.unwrap_or(5) },
        };
        let subsampling = Subsampling::default();
        Ok(WordsChoice {
            corpus: self.corpus.clone(),
            out: self.out.clone(),
            format: self.format.map(FormatArg::format),
            model: match self.model {
                ModelArg::SkipGram => WordsModel::Word2vec(Model::SkipGram, loss),
                ModelArg::Cbow => WordsModel::Word2vec(Model::Cbow, loss),
                ModelArg::Glove => WordsModel::Glove,
            },
            tokens: match self.tokens {
                TokensArg::Words => Tokens::Words,
                TokensArg::AsIs => Tokens::AsIs,
            },
            min_count: self.min_count,
            phrases: self.phrases.then_some(PhraseRule { threshold: self.phrase_threshold }),
            window: self.window,
            shrinks: !self.fixed_window,
            subsampling: Subsampling {
                threshold: self.subsample.unwrap_or(subsampling.threshold),
                rule: match self.subsample_rule {
                    Some(RuleArg::Program) => SubsamplingRule::Program,
                    Some(RuleArg::Paper) => SubsamplingRule::Paper,
                    None => subsampling.rule,
                },
            },
            dimensions: self.dimensions,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            threads,
            seed: self.seed,
            memory: self.memory.unwrap_or(1_024).saturating_mul(1 << 20),
            x_max: self.x_max.unwrap_or(GloveSettings::default().most),
            resume: self.resume,
            checkpoint_every: Duration::from_secs(self.checkpoint_every),
        })
    }

    /// Refuses a flag that the model does not have, rather than passing over it.
    fn fits(&self) -> Result<(), WordsError> {
        let of_word2vec = [
            ("--loss", self.loss.is_some()),
            ("--negatives", self.negatives.is_some()),
            ("--subsample", self.subsample.is_some()),
            ("--subsample-rule", self.subsample_rule.is_some()),
            ("--fixed-window", self.fixed_window),
        ];
        let of_glove = [("--x-max", self.x_max.is_some()), ("--memory", self.memory.is_some())];
        let of_negatives = [("--negatives", self.negatives.is_some())];
        let typed = |flags: &[(&'static str, bool)], model| {
            let setting = flags.iter().find(|(_, typed)| *typed);
            setting.map_or(Ok(()), |(setting, _)| Err(WordsError::NotForModel { setting, model }))
        };
        match (self.model, self.loss) {
            (ModelArg::Glove, _) => typed(&of_word2vec, "`--model glove`"),
            (_, Some(LossArg::HierarchicalSoftmax)) => {
                typed(&of_glove, "word2vec")?;
                typed(&of_negatives, "`--loss hierarchical-softmax`")
            }
            _ => typed(&of_glove, "word2vec"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum SearchArg {
    Exact,
    Approximate,
}

#[derive(Debug, Args)]
pub(crate) struct SimilarArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// The word
    pub(crate) word: String,
    /// Words to show
    #[arg(long, default_value = "10", value_name = "N", value_parser = values::count)]
    pub(crate) count: NonZero<usize>,
    /// Look at every vector, or ask an index beside the vectors, which is built when it is not there
    /// [default: above a million words the index, where it is there]
    #[arg(long, value_enum)]
    pub(crate) search: Option<SearchArg>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AnalogyArg {
    Add,
    Multiply,
}

impl AnalogyArg {
    pub(crate) fn rule(self) -> AnalogyRule {
        match self {
            AnalogyArg::Add => AnalogyRule::Add,
            AnalogyArg::Multiply => AnalogyRule::Multiply,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AnalogyArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// A, which is to
    pub(crate) a: String,
    /// B
    pub(crate) b: String,
    /// as C is to what is looked for
    pub(crate) c: String,
    /// add is 3CosAdd, multiply is 3CosMul
    #[arg(long, value_enum, default_value = "add")]
    pub(crate) rule: AnalogyArg,
    /// Words to show
    #[arg(long, default_value = "5", value_name = "N", value_parser = values::count)]
    pub(crate) count: NonZero<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompareWordsArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// One word
    pub(crate) one: String,
    /// The other
    pub(crate) other: String,
    /// Show what subsampling keeps, and how the second word is predicted from the first
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateWordsArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// Analogies by section, or pairs with how similar people find them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// For analogies: add is 3CosAdd, multiply is 3CosMul
    #[arg(long, value_enum, default_value = "add")]
    pub(crate) rule: AnalogyArg,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// Where they go, in place of `--out`
    #[arg(value_name = "FILE", required_unless_present = "out", conflicts_with = "out")]
    to: Option<PathBuf>,
    /// Where they go: .safetensors keeps all, .bin and .txt are word2vec's, .vec is fastText's
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The format [default: by the file's name]
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatArg>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl ConvertArgs {
    /// Where they go. One of the two is there, as the command line sees to.
    pub(crate) fn out(&self) -> &Path {
        self.out.as_deref().or(self.to.as_deref()).unwrap_or(Path::new(""))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProjectionArg {
    TSne,
    Pca,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// The vectors, in any format
    pub(crate) vectors: PathBuf,
    /// The page
    #[arg(short, long, value_name = "FILE", default_value = "map.html")]
    pub(crate) out: PathBuf,
    /// Words to draw, from the first of the file
    #[arg(long, default_value = "1000", value_name = "N", value_parser = values::count)]
    pub(crate) words: NonZero<usize>,
    /// How they come to a plane
    #[arg(long, value_enum, default_value = "t-sne")]
    projection: ProjectionArg,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl PlotArgs {
    pub(crate) fn projection(&self) -> Projection {
        match self.projection {
            ProjectionArg::TSne => Projection::TSne,
            ProjectionArg::Pca => Projection::Pca,
        }
    }
}
