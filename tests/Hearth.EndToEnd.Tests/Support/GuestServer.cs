using System.Diagnostics;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>The program of small servers for guests (server.c), compiled once in a test run.</summary>
internal static class GuestServer
{
    private static readonly Lazy<byte[]> program = new(Compile);

    /// <summary>Puts it into a root as <c>/bin/server</c>.</summary>
    public static void Install(string tree)
    {
        string path = Path.Combine(tree, "bin/server");
        File.WriteAllBytes(path, program.Value);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private static byte[] Compile()
    {
        string output = Path.GetTempFileName();
        try
        {
            using Process compiler = Process.Start("clang", ["-O1", "-static", "-o", output, Path.Combine(AppContext.BaseDirectory, "Support/server.c")]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            return File.ReadAllBytes(output);
        }
        finally
        {
            File.Delete(output);
        }
    }
}
