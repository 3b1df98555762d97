using System.Runtime.InteropServices;

namespace Hearth.Linux.Tests.Abi;

/// <summary>The C compiler judges every structure and number of Hearth.Linux against the system's headers.</summary>
public sealed class AbiTests
{
    private static readonly string[] everything = [.. KernelMembers.ThatNeedAnEntry(typeof(LinuxException).Assembly.GetTypes(), AbiList.OwnTypes)];

    [Fact]
    public void Every_structure_and_number_agrees_with_the_system_headers()
    {
        string complaints = Clang.Check(AssertionFile.Write(AbiList.All));
        Assert.True(complaints.Length == 0, complaints);
    }

    [Fact]
    public void Every_structure_and_number_is_in_the_list()
    {
        string[] listed = [.. Listed(AbiList.All)];
        Assert.Empty(everything.Except(listed));
        Assert.Empty(listed.Except(everything));
        Assert.Empty(listed.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void A_type_that_nobody_listed_is_noticed()
    {
        string[] needed = [.. KernelMembers.ThatNeedAnEntry([KernelMembers.Find("Files.OpenHow"), KernelMembers.Find("Errno")], new HashSet<string>())];
        Assert.Contains("Files.OpenHow.Resolve", needed);
        Assert.Contains("Errno.EPERM", needed);
        Assert.DoesNotContain("Errno.None", needed);
    }

    public static TheoryData<string, string> Lies => new()
    {
        { "Files.StatxBuffer.Uid", "stx_gid" },
        { "Files.StatxBuffer.Mode", "stx_uid" },
        { "Errno.EINTR", "EINVAL" },
        { "Processes.ProcessSpawning.FileActionsBytes", AbiEntry.AtLeast + "257" },
        { "Files.StatxBuffer.Uid", "no_such_member" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_wrong_offset_or_value_is_refused_by_name(string member, string wrongName)
    {
        int dot = member.LastIndexOf('.');
        string type = member[..dot];
        var entry = new AbiEntry(type, AbiList.All.First(known => known.Type == type).Structure) { [member[(dot + 1)..]] = wrongName };

        string complaints = Clang.Check(AssertionFile.Write([entry]));

        Assert.Contains("error:", complaints, StringComparison.Ordinal);
        Assert.Contains(wrongName.StartsWith("no_", StringComparison.Ordinal) ? wrongName : member, complaints, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_size_is_refused()
    {
        string complaints = Clang.Check(AssertionFile.Write([new AbiEntry("Files.OpenHow", "struct statx")]));
        Assert.Contains("Files.OpenHow has the size of struct statx", complaints, StringComparison.Ordinal);
    }

    /// <summary>Structures whose fields the list can tell from each other by place alone are only as good as this measure.</summary>
    [Fact]
    public void Offsets_are_measured_as_the_runtime_lays_fields_out()
    {
        Type sample = typeof(Sample);
        Assert.Equal([0, 4, 8, 24], new[] { "First", "Second", "Third", "Fourth" }.Select(name => KernelMembers.OffsetOf(KernelMembers.FindField(sample, name)!)));
        Assert.Equal(28, KernelMembers.SizeOf(sample));
    }

    private static IEnumerable<string> Listed(IEnumerable<AbiEntry> entries) => entries.SelectMany(entry => entry.Members.Select(member => $"{entry.Type}.{member}"));

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Sample
    {
        internal byte First;
        internal uint Second;
        internal decimal Third;
        internal ushort Fourth;
    }
}
