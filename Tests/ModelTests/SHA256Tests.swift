import Model
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    @Test("digests are those of FIPS 180-4's examples")
    func publishedExamples() {
        #expect(
            SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hex(Array(repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("every length around a block's end gives another digest", arguments: 54...66)
    func blockBoundaries(length: Int) {
        let bytes = [UInt8](repeating: 7, count: length)
        #expect(SHA256.hex(bytes).count == 64)
        #expect(SHA256.hex(bytes) != SHA256.hex(bytes + [7]))
    }
}
