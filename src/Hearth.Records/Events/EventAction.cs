using Hearth.Containers.Health;

namespace Hearth.Records.Events;

/// <summary>The actions of events, in docker's words.</summary>
public static class EventAction
{
    public const string Create = "create";
    public const string Start = "start";
    public const string Attach = "attach";
    public const string Detach = "detach";
    public const string ExecCreate = "exec_create";
    public const string ExecStart = "exec_start";
    public const string ExecDie = "exec_die";

    /// <summary>A signal was sent; the attribute <see cref="EventAttribute.Signal"/> says which.</summary>
    public const string Kill = "kill";

    /// <summary>The workload ended; <see cref="EventAttribute.ExitCode"/> has its exit code.</summary>
    public const string Die = "die";

    public const string Stop = "stop";
    public const string Restart = "restart";
    public const string Pause = "pause";
    public const string Unpause = "unpause";

    /// <summary>The guest ran out of memory.</summary>
    public const string OutOfMemory = "oom";

    /// <summary>The egress policy denied connections; the attributes say where to and how many.</summary>
    public const string Deny = "deny";

    /// <summary>A part of an image cannot be fetched while a container runs: its reads wait, or fail.</summary>
    public const string FetchStalled = "fetch_stalled";

    public const string FetchResumed = "fetch_resumed";

    /// <summary>Reads waited so long that the rest of the image is fetched as fast as possible.</summary>
    public const string FetchHurried = "fetch_hurried";

    /// <summary>All of the image is in the store.</summary>
    public const string FetchComplete = "fetch_complete";

    /// <summary>A layer cannot be completed.</summary>
    public const string FetchFailed = "fetch_failed";

    /// <summary>An image's trace is not used, or could not be recorded.</summary>
    public const string TraceFailed = "trace_failed";

    /// <summary>The container's health has changed: <c>health_status: healthy</c>.</summary>
    public static string Health(HealthStatus status) => $"health_status: {status.ToString().ToLowerInvariant()}";

    /// <summary><see cref="ExecCreate"/> and <see cref="ExecStart"/> have the command: <c>exec_start: sh -c date</c>.</summary>
    public static string Of(string action, IReadOnlyList<string> command) => $"{action}: {string.Join(' ', command)}";

    public const string Rename = "rename";
    public const string Update = "update";
    public const string Destroy = "destroy";

    /// <summary>For a volume; <see cref="Create"/> and <see cref="Destroy"/> occur for volumes too.</summary>
    public const string Mount = "mount";

    /// <summary>For a volume.</summary>
    public const string Unmount = "unmount";

    /// <summary>For a network: a container got an interface in it. <see cref="Create"/> and <see cref="Destroy"/> occur for networks too.</summary>
    public const string Connect = "connect";

    /// <summary>For a network.</summary>
    public const string Disconnect = "disconnect";

    /// <summary>For a container: an image was made of it. The attributes say which.</summary>
    public const string Commit = "commit";

    /// <summary>For an image, as all that follow.</summary>
    public const string Pull = "pull";

    public const string Push = "push";
    public const string Tag = "tag";

    /// <summary>A name of an image was removed.</summary>
    public const string Untag = "untag";

    public const string Delete = "delete";

    /// <summary>The image came from an archive of images.</summary>
    public const string Load = "load";

    /// <summary>The image was written to an archive of images.</summary>
    public const string Save = "save";

    /// <summary>The image was made of an archive of files.</summary>
    public const string Import = "import";
}
