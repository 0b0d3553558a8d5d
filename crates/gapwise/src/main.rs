//! The `gapwise` command.

mod cli;

use std::process::ExitCode;

use gapwise_kernels::memory::EndsPlainly;

/// The engine allocates a buffer for every operation. The system's allocator returns the large ones
/// to the kernel each time, which took two fifths of a training's time.
#[global_allocator]
static ALLOCATOR: EndsPlainly<mimalloc::MiMalloc> = EndsPlainly(mimalloc::MiMalloc);

fn main() -> ExitCode {
    cli::main()
}
