-- The SHA-256 of a file, by the program sha256sum. Its result's `out` begins with the digest: 64 hexadecimal digits.

return {
  doc         = "Computes the SHA-256 of one file.",
  args        = { path = { type = "string", required = true, doc = "The file, from the project's folder on" } },
  command     = { "sha256sum", "--", "{path}" }, -- no shell: a name with spaces or quotes stays one argument
  timeout     = 600,
  attempts    = 3,                               -- the file may have gone, and then no attempt finds it
  backoff     = { base = 1, max = 10 },
  concurrency = 4,                               -- more would only fight for the disk
}
