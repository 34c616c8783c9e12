//! Random interleavings of commands.
