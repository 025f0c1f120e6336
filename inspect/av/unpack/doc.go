// Package unpack opens archives and documents in memory and shows what is in
// them, within limits.
package unpack
