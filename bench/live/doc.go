// Package live tests vxwall as a bump in the wire between kernel VTEPs, in the lab
// (bench/lab): what passes, what does not, what the kernel does by itself, and
// what happens when things break. It has tests only; they need root.
package live
