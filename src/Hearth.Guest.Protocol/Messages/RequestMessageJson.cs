using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>The host's numbered requests as JSON. Reading and writing have the same order of members.</summary>
internal static class RequestMessageJson
{
    public static bool TryWrite(Utf8JsonWriter writer, GuestMessage message)
    {
        if (message is not GuestRequest request)
        {
            return false;
        }

        writer.WriteString("type", TypeOf(request));
        writer.WriteNumber("requestId", request.RequestId);
        switch (request)
        {
            case SignalProcess signal:
                writer.WriteString("processId", signal.ProcessId);
                writer.WriteNumber("signal", signal.Signal);
                writer.WriteBoolean("all", signal.All);
                break;
            case ReleaseProcess release:
                writer.WriteString("processId", release.ProcessId);
                break;
            case ResizeTerminal resize:
                writer.WriteString("processId", resize.ProcessId);
                writer.WriteMembers("windowSize", resize.WindowSize, HostMessageJson.WriteWindowSize);
                break;
            case UpdateLimits update:
                writer.WriteMembers("limits", update.Limits, HostMessageJson.WriteLimits);
                break;
            case SetClock clock:
                writer.WriteNumber("unixTimeNanoseconds", clock.UnixTimeNanoseconds);
                break;
            case ConnectLoopback connect:
                writer.WriteNumber("port", connect.Port);
                writer.WriteNumber("stream", connect.Stream);
                break;
            case ConnectLoopbackDatagrams connect:
                writer.WriteNumber("port", connect.Port);
                writer.WriteNumber("stream", connect.Stream);
                break;
            case ConfigureInterfaces configure:
                writer.WriteMembersList("interfaces", configure.Interfaces, NetworkJson.WriteInterface);
                break;
            case StatPath stat:
                writer.WriteString("path", stat.Path);
                writer.WriteBoolean("followsLink", stat.FollowsLink);
                break;
            case WriteArchive archive:
                WriteWriteArchive(writer, archive);
                break;
            case ReadArchive archive:
                WriteReadArchive(writer, archive);
                break;
            case ReadRoot root:
                WriteReadRoot(writer, root);
                break;
        }

        return true;
    }

    public static GuestMessage? Read(string type, JsonMembers members) => ReadRequest(type, members) is { } request
        ? request with { RequestId = members.UInt32("requestId") }
        : null;

    private static string TypeOf(GuestRequest request) => request switch
    {
        SignalProcess => "signal",
        ReleaseProcess => "release",
        ResizeTerminal => "resize",
        QueryStatistics => "query-statistics",
        ListProcesses => "list-processes",
        UpdateLimits => "update-limits",
        SetClock => "set-clock",
        ConnectLoopback => "connect-loopback",
        ConnectLoopbackDatagrams => "connect-loopback-datagrams",
        ConfigureInterfaces => "configure-interfaces",
        StatPath => "stat-path",
        WriteArchive => "write-archive",
        ReadArchive => "read-archive",
        ReadRoot => "read-root",
        _ => throw new InvalidOperationException($"cannot write {request.GetType().Name}: it has no JSON form"),
    };

    private static GuestRequest? ReadRequest(string type, JsonMembers members) => type switch
    {
        "signal" => new SignalProcess(members.Text("processId"), members.Int32("signal"), members.Flag("all")),
        "release" => new ReleaseProcess(members.Text("processId")),
        "resize" => new ResizeTerminal(members.Text("processId"), HostMessageJson.ReadWindowSize(members.Members("windowSize"))),
        "query-statistics" => new QueryStatistics(),
        "list-processes" => new ListProcesses(),
        "update-limits" => new UpdateLimits(HostMessageJson.ReadLimits(members.Members("limits"))),
        "set-clock" => new SetClock(members.Int64("unixTimeNanoseconds")),
        "connect-loopback" => new ConnectLoopback(members.Int32("port"), members.UInt32("stream")),
        "connect-loopback-datagrams" => new ConnectLoopbackDatagrams(members.Int32("port"), members.UInt32("stream")),
        "configure-interfaces" => new ConfigureInterfaces(members.MembersList("interfaces", NetworkJson.ReadInterface)),
        "stat-path" => new StatPath(members.Text("path"), members.Flag("followsLink")),
        "write-archive" => ReadWriteArchive(members),
        "read-archive" => ReadReadArchive(members),
        "read-root" => new ReadRoot((RootForm)members.Int32("form"), members.UInt32("stream"), members.Flag("freezes")),
        _ => null,
    };

    private static void WriteWriteArchive(Utf8JsonWriter writer, WriteArchive archive)
    {
        writer.WriteString("directory", archive.Directory);
        writer.WriteNumber("stream", archive.Stream);
        writer.WriteOptional("firstName", archive.FirstName);
        if (archive.Owner is { } owner)
        {
            writer.WriteMembers("owner", owner, WriteOwner);
        }

        if (archive.Replaces)
        {
            writer.WriteBoolean("replaces", true);
        }
    }

    private static WriteArchive ReadWriteArchive(JsonMembers members) => new()
    {
        Directory = members.Text("directory"),
        Stream = members.UInt32("stream"),
        FirstName = members.OptionalText("firstName"),
        Owner = members.OptionalMembers("owner") is { } owner ? ReadOwner(owner) : null,
        Replaces = members.Flag("replaces"),
    };

    public static void WriteOwner(Utf8JsonWriter writer, ArchiveOwner owner)
    {
        writer.WriteNumber("userId", owner.UserId);
        writer.WriteNumber("groupId", owner.GroupId);
        writer.WriteOptional("name", owner.Name);
    }

    public static ArchiveOwner ReadOwner(JsonMembers members) => new(members.UInt32("userId"), members.UInt32("groupId")) { Name = members.OptionalText("name") };

    private static void WriteReadArchive(Utf8JsonWriter writer, ReadArchive archive)
    {
        writer.WriteString("path", archive.Path);
        writer.WriteNumber("stream", archive.Stream);
        writer.WriteOptional("firstName", archive.FirstName);
        writer.WriteBoolean("followsLink", archive.FollowsLink);
    }

    private static ReadArchive ReadReadArchive(JsonMembers members) => new()
    {
        Path = members.Text("path"),
        Stream = members.UInt32("stream"),
        FirstName = members.OptionalText("firstName"),
        FollowsLink = members.Flag("followsLink"),
    };

    private static void WriteReadRoot(Utf8JsonWriter writer, ReadRoot root)
    {
        writer.WriteNumber("form", (int)root.Form);
        writer.WriteNumber("stream", root.Stream);
        writer.WriteBoolean("freezes", root.Freezes);
    }
}
