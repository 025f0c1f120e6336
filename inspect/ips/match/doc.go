// Package match finds which of many byte patterns occur in a text, in one pass.
//
// It samples grams of four bytes from the text at a stride and looks each up
// in a bitmap that fits a processor's cache. Nearly all miss. A hit is looked up
// in a hash table, which says which patterns have the gram where, and each
// is compared in full. A pattern of at least stride+3 bytes has as many grams in
// a row as the stride is long, so that one of them is sampled wherever the
// pattern stands. Which of its grams is free to choose: the rarest are.
// Shorter patterns have lanes of their own, with shorter grams at shorter strides.
//
// A Matcher is immutable. Scan uses memory of its caller's, and allocates nothing.
package match
