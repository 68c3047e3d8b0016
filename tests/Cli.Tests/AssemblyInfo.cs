using System.Runtime.Versioning;

// The tests, and what they start, are for the systems that have modes of files and a bash.
[assembly: SupportedOSPlatform("linux")]
