using System.ComponentModel;
using System.Diagnostics;

namespace Hearth.Linux.Tests.Abi;

/// <summary>The judge: clang, which only checks and writes nothing.</summary>
internal static class Clang
{
    /// <summary>What it has to say about a C file; nothing where all is well.</summary>
    public static string Check(string source)
    {
        var start = new ProcessStartInfo("clang", ["-fsyntax-only", "-std=gnu11", "-w", "-ferror-limit=0", "-x", "c", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start);
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        string complaints = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : complaints;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("clang is not installed (Debian package clang)");
            throw;
        }
    }
}
