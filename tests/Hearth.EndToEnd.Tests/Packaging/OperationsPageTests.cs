using System.Text.RegularExpressions;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>docs/operations.md on one host, from nothing to a watched worker and back to nothing: its blocks of <c>sh</c> and <c>yaml</c>, in its order.</summary>
public sealed partial class OperationsPageTests : IDisposable
{
    private const string Variables = "/tmp/variables";

    private readonly PackagedHost host = new();
    private readonly List<string> sections = [];
    private readonly HashSet<string> executed = [];

    public void Dispose() => host.Dispose();

    /// <summary>Minutes; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void Every_command_of_the_page_does_what_the_page_says()
    {
        host.Boot();
        string before = host.Traces();

        // What a person has and does beside the page: the packages, and a Y at each question. apt must look for nothing elsewhere.
        host.Do($"""
            cp /packages/hearth_{PackagedHost.Version}_amd64.deb .
            cp /packages/hearth_{PackagedHost.Version}+next_amd64.deb hearth_NEW_amd64.deb
            cp /packages/hearth_{PackagedHost.Version}_amd64.deb hearth_OLD_amd64.deb
            echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/90-test
            rm -rf /var/lib/apt/lists/*
            """);
        foreach (Match match in Part().Matches(WorkerImage.ReadPage()))
        {
            if (match.Groups["section"].Success)
            {
                sections.Add(match.Groups["section"].Value);
            }
            else if (match.Groups["language"].Value == "yaml")
            {
                string text = match.Groups["text"].Value;
                host.Do($"cat >{text.Split('\n')[0].TrimStart('#', ' ')} <<'END'\n{text}END");
            }
            else
            {
                Check(match.Groups["text"].Value, Run(match.Groups["text"].Value));
            }
        }

        Assert.Equal(["Install", "Watch", "Take out of service", "Upgrade", "Roll back", "Remove"], sections.Where(section => executed.Contains(section)));
        Assert.Equal(before, host.Traces());
    }

    /// <summary>Variables that a block exports are there in the next ones.</summary>
    private string Run(string block)
    {
        executed.Add(sections[^1]);
        return host.Do($"""
            set -e
            [ ! -e {Variables} ] || . {Variables}
            {block}
            export -p >{Variables}
            """);
    }

    /// <summary>What a reader would look at after a block.</summary>
    private void Check(string block, string output)
    {
        switch (sections[^1])
        {
            case "Install" when block.Contains("hearth doctor", StringComparison.Ordinal):
                Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);

                // As if a registry gave it.
                host.Do($"{PackagedHost.Client} docker load -i /packages/image.tar");
                break;
            case "Install":
                Assert.Contains(PackagedHost.Page, output, StringComparison.Ordinal);
                break;
            case "Watch" when block.Contains("/metrics", StringComparison.Ordinal):
                Assert.Contains("hearth_starts_total{result=\"started\"}", output, StringComparison.Ordinal);
                Assert.EndsWith("""{"status":"ready"}""", output, StringComparison.Ordinal);
                break;
            case "Watch" when block.Contains("promtool", StringComparison.Ordinal):
                host.Await("1", """curl -sg 'http://localhost:9090/api/v1/query?query=up{job="hearth"}' | sed -n 's/.*,"\(.*\)"\].*/\1/p'""", TimeSpan.FromMinutes(2));
                Assert.Contains("HearthDown", host.Do("curl -s http://localhost:9090/api/v1/rules"), StringComparison.Ordinal);
                break;
            case "Take out of service":
                Assert.Contains("drain", output, StringComparison.Ordinal);
                Assert.EndsWith("\"containers\":0}", output, StringComparison.Ordinal);
                Assert.Contains("\"state\":\"open\"", output.Split('}')[^2], StringComparison.Ordinal);
                break;
            case "Upgrade":
                Assert.EndsWith("+next", InstalledVersion(), StringComparison.Ordinal);
                break;
            case "Roll back":
                Assert.Equal(PackagedHost.Version, InstalledVersion());
                Assert.Contains("nginx", host.Do($"{PackagedHost.Client} docker images"), StringComparison.Ordinal);
                break;
            case "Remove":
                Assert.Equal("", host.Do("ls -d /run/hearth /var/lib/hearth /etc/hearth /etc/default/hearthd /usr/share/hearth 2>/dev/null; getent group hearth; true"));
                break;
        }
    }

    private string InstalledVersion() => host.Do("dpkg-query -W -f '${Version}' hearth");

    [GeneratedRegex(@"^## (?<section>[^\n]+)$|^```(?<language>sh|yaml)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();
}
