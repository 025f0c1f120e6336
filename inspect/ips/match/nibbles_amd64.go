package match

// vectors says whether the processor has vectors of 32 bytes (AVX2).
var vectors = hasAVX2()

// find is blocks, by whatever is fastest here.
func (f *nibbles) find(data []byte, count int, out *[maxBlocks]block) int {
	if !vectors || count == 0 {
		return f.blocks(data, count, out)
	}
	_ = data[(count-1)*blockSize+blockLen-1]
	return blocksAVX2(f, &data[0], count, out)
}

// blocksAVX2 is nibbles.blocks, for at least one block.
//
//go:noescape
func blocksAVX2(f *nibbles, data *byte, count int, out *[maxBlocks]block) int

// hasAVX2 asks the processor, and whether the system keeps its registers.
func hasAVX2() bool
