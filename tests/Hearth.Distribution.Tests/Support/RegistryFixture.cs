using System.Diagnostics;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Tests.Support;

/// <summary>
/// A registry with three images: <c>small:one</c> and <c>small:two</c>, made by umoci and pushed by skopeo, and
/// <c>large:one</c>, whose last layer has some megabytes.
/// </summary>
public sealed class RegistryFixture : IDisposable
{
    private const string MakeImages = """
        umoci init --layout images
        umoci new --image images:small && umoci new --image images:large
        head -c 5000000 /dev/urandom >bytes
        echo one >text
        umoci insert --image images:small --tag one text /text
        echo two >text
        umoci insert --image images:small --tag two text /text
        umoci insert --image images:large bytes /bytes
        for tag in one two; do skopeo copy --quiet --dest-tls-verify=false oci:images:$tag docker://$HOST/small:$tag; done
        skopeo copy --quiet --dest-tls-verify=false oci:images:large docker://$HOST/large:one
        """;

    private readonly DirectoryInfo directory = System.IO.Directory.CreateTempSubdirectory("hearth-registry-");

    public RegistryFixture()
    {
        Registry = new DebianRegistry(directory.FullName);
        Run(MakeImages);
    }

    public DebianRegistry Registry { get; }

    /// <summary>Short times, so that faults take no longer than they must.</summary>
    internal static RegistryLimits Impatient { get; } = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(5),
        LongestDelay = TimeSpan.FromMilliseconds(50),
        LongestPause = TimeSpan.FromSeconds(5),
        AnswerTimeout = TimeSpan.FromSeconds(5),
        StallTimeout = TimeSpan.FromMilliseconds(500),
    };

    public string Directory => directory.FullName;

    /// <summary>Runs a script in the fixture's directory, with the registry's host as $HOST.</summary>
    /// <returns>What it writes.</returns>
    public string Run(string script) => Run(directory.FullName, Registry.Host, script);

    public static string Run(string directory, string host, string script)
    {
        ProcessStartInfo start = new("/bin/bash", ["-c", "set -e; exec 2>&1; " + script]) { WorkingDirectory = directory, RedirectStandardOutput = true };
        start.Environment["HOST"] = host;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(output);
    }

    public void Dispose()
    {
        Registry.Dispose();
        directory.Delete(recursive: true);
    }
}
