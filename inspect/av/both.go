package av

// Both is two engines: the first judges files as they pass and as a whole, then the second
// judges as a whole what the first finds clean.
type Both struct{ First, Second Engine }

var _ Engine = Both{}

// Name implements Engine.
func (b Both) Name() string { return b.First.Name() + "+" + b.Second.Name() }

// Version implements Engine.
func (b Both) Version() uint64 { return b.First.Version() ^ b.Second.Version() }

// Scanner implements Engine.
func (b Both) Scanner() Scanner { return always{b.First.Scanner()} }

// always has every file judged as a whole.
type always struct{ Scanner }

// Whole implements Scanner.
func (always) Whole() bool { return true }

// Whole implements Engine.
func (b Both) Whole(file []byte, name string) Finding {
	if f := b.First.Whole(file, name); f.Outcome > Encrypted {
		return f
	}
	return b.Second.Whole(file, name)
}
