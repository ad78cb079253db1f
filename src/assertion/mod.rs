pub mod pairwise;
