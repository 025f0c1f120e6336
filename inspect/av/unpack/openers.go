package unpack

// Opens says whether files of a kind may have members.
func (k Kind) Opens() bool { return openers[k] != nil }

// openers are what opens each kind. A kind without one holds no members for us.
var openers [kinds]opener

func init() {
	openers = [kinds]opener{
		ZIP: openZip, OOXML: openZip,
		GZ: openGzip, BZ: openBzip2, XZ: openXZ, LZMA: openLZMA, ZSTD: openZstd,
		TAR: openTar, OldTAR: openTar, CPIOOld: openCpio, CPIOODC: openCpio, CPIONewc: openCpio, CPIOCRC: openCpio,
		Mail: openMail, HTML: openHTML, UU: openUU, BinHex: openBinHex, SZDD: openSZDD, PE: openPE,
		CAB: openCab, CHM: openCHM, RAR: openRAR, OLE2: openOLE2, RTF: openRTF, PDF: openPDF, SIS: openSIS, TNEF: openTNEF, SevenZip: open7z, ARJ: openARJ, ISO: openISO,
	}
}
