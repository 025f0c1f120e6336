package suricata

// Encoding says how bytes are read as a number.
type Encoding struct {
	Little bool
	String bool // digits instead of bytes
	Base   int  // of digits: 8, 10, 16
	DCE    bool // the endianness DCERPC says
}

// ByteTest compares bytes with a number.
type ByteTest struct {
	Bytes    Value // 0 of a string: as many digits as there are
	Negated  bool
	Op       Compare
	Value    Value
	Offset   Value
	Relative bool
	Bitmask  uint64
	Encoding Encoding
}

// ByteJump moves to where bytes say.
type ByteJump struct {
	Bytes      Value
	Offset     Value
	Relative   bool
	Multiplier int64 // 1 unless given
	Align      bool
	FromBegin  bool
	FromEnd    bool
	PostOffset Value
	Bitmask    uint64
	Encoding   Encoding
}

// ByteMath reads bytes, computes, and stores the result.
type ByteMath struct {
	Bytes      Value
	Offset     Value
	Relative   bool
	Oper       byte // '+' '-' '*' '/' '<' (<<) '>' (>>), 0 for byte_extract
	RValue     Value
	Result     string
	Multiplier int64 // of byte_extract, 1 unless given
	Align      int   // of byte_extract: 0, 2, 4
	Bitmask    uint64
	Encoding   Encoding
}

// DataAt asks whether there is data at a place.
type DataAt struct {
	At       Value
	Negated  bool
	Relative bool
	RawBytes bool
}
