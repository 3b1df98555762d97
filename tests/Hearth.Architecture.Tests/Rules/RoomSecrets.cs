using System.Text.RegularExpressions;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>What only one room, or no room of a kind, may know.</summary>
internal static partial class RoomSecrets
{
    /// <summary>P/Invoke and unsafe code stand in Hearth.Linux alone.</summary>
    public static IEnumerable<string> NativeCode(IEnumerable<SourceFile> sources) =>
        Find(sources.Where(file => file.IsProduct && file.Project != "Hearth.Linux"), NativeCodePattern(), "stands outside Hearth.Linux");

    /// <summary>A planner's image depends on its tree and options only: no clock, chance, environment, file or network.</summary>
    public static IEnumerable<string> ImpurePlanners(IEnumerable<SourceFile> sources) =>
        Find(sources.Where(file => PlannerFolder().IsMatch(file.Path)), ImpurityPattern(), "in a planner, which has to be pure");

    /// <summary>Machine monitors never see each other.</summary>
    public static IEnumerable<string> MonitorsThatMeet(IEnumerable<SourceFile> sources)
    {
        SourceFile[] files = [.. sources];
        return
        [
            .. Find(files.Where(file => file.Path.StartsWith("src/Hearth.Machines/Qemu/", StringComparison.Ordinal)), FirecrackerPattern(), "known to the QEMU driver"),
            .. Find(files.Where(file => file.Path.StartsWith("src/Hearth.Machines/Firecracker/", StringComparison.Ordinal)), QemuPattern(), "known to the Firecracker driver"),
        ];
    }

    private static IEnumerable<string> Find(IEnumerable<SourceFile> files, Regex pattern, string complaint) =>
        from file in files
        from line in file.Lines.Index()
        where !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}: {pattern.Match(line.Item).Value} {complaint}";

    [GeneratedRegex(@"\b(DllImport|LibraryImport|unsafe|stackalloc\s+\w+\s*\*)\b")]
    private static partial Regex NativeCodePattern();

    [GeneratedRegex(@"^src/Hearth\.DiskImages/(Erofs|SquashFs)/")]
    private static partial Regex PlannerFolder();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset|TimeProvider|Stopwatch|HttpClient|(Random|RandomNumberGenerator|Environment|Guid|File|Directory|Parallel)\.)")]
    private static partial Regex ImpurityPattern();

    [GeneratedRegex(@"\bFirecracker\w*")]
    private static partial Regex FirecrackerPattern();

    [GeneratedRegex(@"\bQemu\w*")]
    private static partial Regex QemuPattern();
}
