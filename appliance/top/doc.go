// Package top is `vxwall top`: what the running vxwall does just now, on a terminal.
//
// The [Model] takes snapshots and makes lines and tables of them, and knows of no
// terminal; the [Screen] shows them by tview and takes keys. Rates are differences of
// two snapshots. Nothing is asked of vxwall that an administrator could not ask.
//
//	snapshot.go    what is asked at a time, and who answers
//	model.go       Model: two snapshots, what was counted of each flow, its history
//	filter.go      which flows are wanted, as a person writes it
//	table.go       tables: columns, rows, what the enter key opens
//	flows.go, talkers.go, reasons.go, drops.go: the tables
//	header.go      the lines above them
//	detail.go      a flow, or a drop, as a page
//	text.go        numbers and names in little room
//	screen.go      Screen: widgets and where they are; keys.go; poll.go asks
//	plain.go       one frame as text
package top
