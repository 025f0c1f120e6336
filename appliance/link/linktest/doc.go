// Package linktest is for tests of links, and for tests that need a link: a
// suite that every link must pass, and a link in memory.
//
//	suite.go     the suite, test by test
//	observed.go  a queue between worker and link that watches the contract
//	stage.go     a stage that decides as the frames say, and such frames
//	memory.go    the link in memory
package linktest
