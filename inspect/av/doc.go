// Package av judges the files that flows carry, as they cross. A file is scanned while
// its bytes pass; one that an engine finds infected never arrives whole, because the
// packet that would complete it is judged before it leaves. What takes longer — files
// that contain others, a process that scans — happens in goroutines (Judges) while the
// end of the file is held.
//
// The life of a file: follow.go takes what each packet brings of it; a Scanner looks at
// these bytes (engine.go). judge.go hands it on as a whole, if it has to be; worker.go
// holds its last packets meanwhile. stage.go acts on what was found, by the profile
// (profile.go) that the flow's ACL rule names.
package av
