package unpack

// Member is a file in a file. It is valid from Begin to End of it, and as Parent
// of those that follow; a visitor must not keep it longer.
type Member struct {
	Name      []byte  // as stored, in whatever encoding; may be empty
	Parent    *Member // what it lay in; nil for those of the file itself
	Depth     int     // 1 for those of the file itself
	Container Kind    // the format that it lay in
	Kind      Kind    // its own, from its first bytes
	Packed    int64   // size in the container; -1 where that is not said
	Claimed   int64   // size that the container promises; -1 where it does not
	Size      int64   // size shown, complete at End
	Encrypted bool    // nothing can be shown
	Broken    bool    // ended before its end; known at End
}

// Visitor is shown the members, each in one go: those within a member follow
// after its End.
type Visitor interface {
	Begin(m *Member)
	Write(p []byte) error // p is borrowed until the return; an error ends the walk
	End(m *Member)
}
