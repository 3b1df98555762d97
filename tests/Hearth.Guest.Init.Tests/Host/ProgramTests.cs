using System.Diagnostics;
using Hearth.Guest.Init.Tests.Support;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>The published program itself, on the host.</summary>
public sealed class ProgramTests
{
    private const long LimitInBytes = 4 << 20;

    /// <summary>PT_INTERP: the program would need a dynamic loader.</summary>
    private const uint Interpreter = 3;

    [Fact]
    public void The_program_is_static_and_within_its_size()
    {
        Assert.InRange(new FileInfo(GuestParts.InitProgram).Length, 1, LimitInBytes);
        Assert.DoesNotContain(ProgramHeaderTypes(File.ReadAllBytes(GuestParts.InitProgram)), type => type == Interpreter);
    }

    [Fact]
    public void On_a_host_it_says_what_it_is_and_does_nothing()
    {
        using Process process = Process.Start(new ProcessStartInfo(GuestParts.InitProgram) { RedirectStandardError = true })!;
        string complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("first process of a Hearth guest", complaint);
    }

    private static uint[] ProgramHeaderTypes(byte[] elf)
    {
        long offset = BitConverter.ToInt64(elf, 32);
        ushort entryBytes = BitConverter.ToUInt16(elf, 54);
        return [.. Enumerable.Range(0, BitConverter.ToUInt16(elf, 56)).Select(index => BitConverter.ToUInt32(elf, (int)offset + (index * entryBytes)))];
    }
}
