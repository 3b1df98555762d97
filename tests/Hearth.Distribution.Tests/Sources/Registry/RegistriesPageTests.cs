using System.Globalization;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Settings.Files;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>docs/registries.md has the limits, variables, files and names that the code has.</summary>
public sealed class RegistriesPageTests
{
    private static readonly string page = File.ReadAllText(Path.Combine(Checkout(), "docs", "registries.md"));

    [Fact]
    public void The_limits_are_those_of_the_page()
    {
        RegistryLimits limits = new();
        string[] expected =
        [
            Text(limits.MostAttempts), Seconds(limits.FirstDelay), Seconds(limits.LongestPause), Seconds(limits.ConnectTimeout),
            Seconds(limits.AnswerTimeout), Seconds(limits.StallTimeout), Seconds(limits.CommitTimeout), Seconds(limits.HelperTimeout),
        ];

        Assert.Equal(expected, Rows("limit").Select(row => row[1]));
        Assert.Equal(16 << 10, limits.LeastBytesBeforeStall);
    }

    [Fact]
    public void The_names_are_read_as_the_page_says()
    {
        string[][] names = [.. Rows("you write")];

        Assert.Equal(4, names.Length);
        Assert.All(names.SkipLast(1), row => Assert.Equal(row[1].Trim('`'), ImageReference.Parse(row[0].Trim('`')).ToString()));
        Assert.StartsWith("sha256:", ImageReference.Parse(names[^1][0].Trim('`')).Target, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_variable_that_is_read_is_on_the_page()
    {
        List<string> asked = [];
        RegistrySettings settings = RegistrySettings.FromEnvironment(
            name =>
            {
                asked.Add(name);
                return name == "HOME" ? "/home/u" : null;
            },
            5);

        Assert.All(asked.Where(name => name.Any(char.IsAsciiLetterUpper)).Distinct(), name => Assert.Contains(name, page, StringComparison.Ordinal));
        Assert.All(settings.CertificateDirectories.Skip(1), directory => Assert.Contains(directory, page, StringComparison.Ordinal));
        Assert.All(RegistrySettings.FromEnvironment(_ => null, 0).RegistryFiles, file => Assert.Contains(file, page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_of_registries_conf_is_taken()
    {
        string text = page.Split("```toml\n")[1].Split("```")[0];
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text);

        RegistryRule rule = Assert.Single(RegistriesReading.Read([file]));

        File.Delete(file);
        Assert.Equal(new RegistryMirror("mirror.example.com:5000", false, false, true), Assert.Single(rule.Mirrors));
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Rows(string heading) => page.Split('\n')
        .SkipWhile(line => !line.StartsWith($"| {heading} |", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());

    private static string Checkout()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Hearth.slnx")))
        {
            at = at.Parent;
        }

        return at.FullName;
    }
}
