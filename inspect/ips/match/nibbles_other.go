//go:build !amd64

package match

// vectors says whether the processor has vectors that nibbles are made for.
var vectors = false

// find is blocks, by whatever is fastest here.
func (f *nibbles) find(data []byte, count int, out *[maxBlocks]block) int {
	return f.blocks(data, count, out)
}
