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

    @Test("codes are those of RFC 4231's examples")
    func publishedCodes() {
        func code(_ message: String, _ key: [UInt8]) -> String {
            SHA256.text(of: SHA256.authenticate(Array(message.utf8), key: key))
        }
        #expect(
            code("Hi There", Array(repeating: 0x0b, count: 20))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            code("what do ya want for nothing?", Array("Jefe".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            code("Test Using Larger Than Block-Size Key - Hash Key First", Array(repeating: 0xaa, count: 131))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }
}
