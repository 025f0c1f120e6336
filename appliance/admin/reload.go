package admin

import "time"

// Reload is the result of one. If it is not good, nothing was changed.
type Reload struct {
	Good     bool      `json:"good"`
	Time     time.Time `json:"time"`
	Took     float64   `json:"took_seconds"`
	Why      string    `json:"why"` // what asked for it: api, SIGHUP, expiry
	Old      string    `json:"old_revision"`
	New      string    `json:"new_revision"` // in force now
	Rules    int       `json:"rules"`
	Segments int       `json:"segments"`
	Problems []Problem `json:"problems"`        // warnings too
	Error    string    `json:"error,omitempty"` // files could not be read

	// Configuration says what of the configuration file is not in force: it is
	// read at the start, a reload reads rules alone.
	Configuration string `json:"configuration,omitempty"`
}

// Problem is what is wrong in a rule file.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"` // error or warning
	Message  string `json:"message"`
	Detail   string `json:"detail"` // with the source line, as `vxwall check` prints it
}
