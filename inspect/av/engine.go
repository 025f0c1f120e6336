package av

// Engine judges files: databases of signatures, or a process that has some. It is
// immutable, and shared by all workers.
type Engine interface {
	// Name is "embedded" or "clamd".
	Name() string
	// Version is that of the databases: findings of another are not believed.
	Version() uint64
	// Scanner returns a scanner for one file at a time, used by one goroutine.
	Scanner() Scanner
	// Whole judges a file with all that it contains. It may take long, and is called by
	// goroutines of their own; the file is borrowed until it returns.
	Whole(file []byte, name string) Finding
}

// Scanner looks at a file as it comes, on the road of its packets: it must not block,
// and not allocate in a steady state. Its memory is bounded.
type Scanner interface {
	// Reset begins a new file.
	Reset()
	// Write takes the next bytes, and says whether something is found. It is not asked again
	// then.
	Write(data []byte) bool
	// AtEnd says whether something were found if the file ended here. More may come.
	AtEnd() bool
	// Whole says whether the file must be judged by Engine.Whole besides, as far as is
	// known by now: because it contains others.
	Whole() bool
	// Found is what was found. Borrowed until Reset.
	Found() *Finding
}
