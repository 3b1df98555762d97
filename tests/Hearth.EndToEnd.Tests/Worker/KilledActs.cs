namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>All acts that a daemon does for clients. There is a container <c>box</c>, which runs, and an image with two names.</summary>
/// <param name="image">The image.</param>
/// <param name="directory">For files.</param>
internal sealed class KilledActs(string image, string directory)
{
    private static readonly string[] status = ["inspect", "-f", "{{.State.Status}}", "box"];
    private static readonly string[] statusOfVictim = ["inspect", "-f", "{{.State.Status}}", "victim"];
    private static readonly string[] startBox = ["start", "box"];
    private static readonly string[] removeVictim = ["rm", "-f", "victim"];

    public IEnumerable<KilledAct> Of(string kind) => kind switch
    {
        "lives" => Lives,
        "changes" => Changes,
        "streams" => Streams,
        "files" => Files,
        "images" => Images,
        "stores" => Stores,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "there is no such kind"),
    };

    private string[] CreateVictim => ["create", "--name", "victim", image, "sleep", "1000"];

    private IEnumerable<KilledAct> Lives =>
    [
        new("stop", "-t", "1", "box") { Question = status, Answers = ["running", "exited"], After = [startBox], StartsAgain = true },
        new("kill", "box") { Question = status, Answers = ["running", "exited"], After = [startBox], Done = ["is not running"], StartsAgain = true },
        new("restart", "-t", "0", "box") { Question = status, Answers = ["running", "exited"], StartsAgain = true },
        new("start", "victim") { Before = [CreateVictim], Question = statusOfVictim, Answers = ["created", "running"], After = [removeVictim] },
        new("rm", "victim") { Before = [CreateVictim], Question = statusOfVictim, Answers = ["created", ""], Done = ["No such container"] },
        new("rm", "-f", "victim") { Before = [CreateVictim, ["start", "victim"]], Question = statusOfVictim, Answers = ["running", "exited", ""], Done = ["No such container"] },
        new("container", "prune", "-f") { Before = [CreateVictim], Question = statusOfVictim, Answers = ["created", ""] },
    ];

    private IEnumerable<KilledAct> Changes =>
    [
        new(["create", "--name", "victim", image, "true"]) { Question = statusOfVictim, Answers = ["", "created"], After = [removeVictim], Done = ["already in use"] },
        new("rename", "victim", "other")
        {
            Before = [CreateVictim], Question = ["ps", "-a", "--filter", "status=created", "--format", "{{.Names}}"], Answers = ["victim", "other"], After = [["rm", "other"]], Done = ["No such container"],
        },
        new("update", "--pids-limit", "77", "box") { Question = ["inspect", "-f", "{{with .HostConfig.PidsLimit}}{{.}}{{end}}", "box"], Answers = ["", "77"], After = [["update", "--pids-limit", "-1", "box"]] },
        new("pause", "box") { Question = status, Answers = ["running", "paused"], After = [["unpause", "box"]], Done = ["paused"] },
        new("unpause", "box") { Before = [["pause", "box"]], Question = status, Answers = ["paused", "running"], Done = ["running"] },
        new("commit", "box", "made:1") { Question = ["images", "-q", "made"], After = [["rmi", "made:1"]] },
    ];

    private IEnumerable<KilledAct> Streams =>
    [
        new("attach", "--no-stdin", "box") { Lasts = true },
        new("logs", "-f", "box") { Lasts = true },
        new("logs", "box"),
        new("wait", "box") { Lasts = true },
        new("events") { Lasts = true },
        new("stats", "box") { Lasts = true },
        new("exec", "box", "echo", "here"),
        new("exec", "-d", "box", "true"),
        new("top", "box"),
    ];

    private IEnumerable<KilledAct> Files =>
    [
        new("cp", $"{directory}/large", "box:/large") { After = [["exec", "box", "busybox", "rm", "/large"]] },
        new("cp", "box:/bin/busybox", $"{directory}/back"),
        new("cp", $"{directory}/large", "victim:/large") { Before = [CreateVictim], After = [removeVictim] },
        new("diff", "box"),
        new("export", "-o", $"{directory}/exported.tar", "box"),
    ];

    private IEnumerable<KilledAct> Images =>
    [
        new("pull", "-q", image),
        new("push", $"{image}-pushed"),
        new("save", "-o", $"{directory}/saved.tar", image),
        new("load", "-i", $"{directory}/archive.tar"),
        new("import", $"{directory}/root.tar", "imported:1") { After = [["rmi", "imported:1"]] },
        new("tag", image, "other:1") { Question = ["images", "-q", "other"], After = [["rmi", "other:1"]] },
        new("rmi", "other:1") { Before = [["tag", image, "other:1"]], Done = ["No such image"] },
        new("image", "prune", "-f"),
    ];

    private IEnumerable<KilledAct> Stores =>
    [
        new("network", "create", "made") { Question = ["network", "ls", "--filter", "name=made", "--format", "{{.Name}}"], Answers = ["", "made"], After = [["network", "rm", "made"]], Done = ["exists"] },
        new("network", "rm", "made") { Before = [["network", "create", "made"]], Question = ["network", "ls", "--filter", "name=made", "--format", "{{.Name}}"], Answers = ["made", ""], Done = ["No such network", "network made not found"] },
        new("network", "prune", "-f") { Before = [["network", "create", "made"]], Question = ["network", "ls", "--filter", "name=made", "--format", "{{.Name}}"], Answers = ["made", ""] },
        new("volume", "create", "made") { Question = ["volume", "ls", "-q"], Answers = ["", "made"], After = [["volume", "rm", "made"]] },
        new("volume", "rm", "made") { Before = [["volume", "create", "made"]], Question = ["volume", "ls", "-q"], Answers = ["made", ""], Done = ["no such volume"] },
        new("volume", "prune", "-f", "--filter", "all=true") { Before = [["volume", "create", "made"]], Question = ["volume", "ls", "-q"], Answers = ["made", ""] },
        new("system", "df"),
    ];
}
