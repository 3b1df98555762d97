using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>A client's requests as JSON. The writer and the reader of each request list the members in the same order.</summary>
internal static class ControlRequestJson
{
    public static bool TryWrite(Utf8JsonWriter writer, ControlMessage message)
    {
        if (NameOfEmpty(message) is string name)
        {
            writer.WriteStartObject(name);
            writer.WriteEndObject();
            return true;
        }

        switch (message)
        {
            case StartRequest start:
                writer.WriteMembers("start", start, WriteStart);
                return true;
            case AttachRequest attach:
                writer.WriteMembers("attach", attach, WriteAttach);
                return true;
            case ExecRequest exec:
                writer.WriteMembers("exec", exec, WriteExec);
                return true;
            case SignalRequest signal:
                writer.WriteMembers("signal", signal, WriteSignal);
                return true;
            case StopRequest stop:
                writer.WriteMembers("stop", stop, WriteStop);
                return true;
            case ResizeRequest resize:
                writer.WriteMembers("resize", resize, WriteResize);
                return true;
            case AbandonMessage abandon:
                writer.WriteMembers("abandon", abandon, static (writer, abandon) => writer.WriteBoolean("error", abandon.Error));
                return true;
            case UpdateRequest update:
                writer.WriteMembers("update", update, WriteUpdate);
                return true;
            case RenameRequest rename:
                writer.WriteMembers("rename", rename, static (writer, rename) => writer.WriteString("name", rename.Name));
                return true;
            case PolicyRequest policy:
                writer.WriteMembers("policy", policy.Rules, WriteRules);
                return true;
            case ExplainRequest explain:
                writer.WriteMembers("explain", explain, static (writer, explain) => writer.WriteString("destination", explain.Destination));
                return true;
            case PathRequest path:
                writer.WriteMembers("path", path, WritePath);
                return true;
            case CopyInRequest copy:
                writer.WriteMembers("copyIn", copy, WriteCopyIn);
                return true;
            case CopyOutRequest copy:
                writer.WriteMembers("copyOut", copy, WriteCopyOut);
                return true;
            case RootRequest root:
                writer.WriteMembers("root", root, WriteRoot);
                return true;
            default:
                return false;
        }
    }

    public static ControlMessage? Read(string name, JsonMembers members) => name switch
    {
        "ping" => new PingRequest(),
        "prepare" => new PrepareRequest(),
        "start" => new StartRequest(members.Flag("attach"), members.Flag("input"), ReadSize(members)) { QueuedMs = members.OptionalInt64("queuedMs") ?? 0 },
        "attach" => new AttachRequest(members.Flag("input"), ReadSize(members)),
        "exec" => ReadExec(members),
        "signal" => new SignalRequest(members.Int32("signal"), members.Flag("all"), members.OptionalText("execId")),
        "stop" => new StopRequest(members.Int32("signal"), members.Int64("timeoutMs")) { KeepsRestart = members.Flag("keepsRestart") },
        "pause" => new PauseRequest(),
        "resume" => new ResumeRequest(),
        "wait" => new WaitRequest(),
        "end" => new EndRequest(),
        "resize" => new ResizeRequest(HostMessageJson.ReadWindowSize(members.Members("size")), members.OptionalText("execId")),
        "abandon" => new AbandonMessage(members.Flag("error")),
        "statistics" => new StatisticsRequest(),
        "processes" => new ProcessesRequest(),
        "update" => new UpdateRequest(members.Optional("resources", static resources => resources.Deserialize(SpecificationJson.Default.ResourcesSpec)) ?? new ResourcesSpec(), ReadRestart(members.OptionalText("restart"))),
        "rename" => new RenameRequest(members.Text("name")),
        "policy" => new PolicyRequest(new EgressRules(members.Flag("deniesEgress"), members.Texts("allow"), members.Texts("deny"))),
        "network" => new NetworkReportRequest(),
        "report" => new ReportRequest(),
        "explain" => new ExplainRequest(members.Text("destination")),
        "path" => new PathRequest(members.Text("path"), members.Flag("followsLink")),
        "copyIn" => new CopyInRequest(members.Text("directory"), members.OptionalText("firstName"), ReadOwner(members)) { Replaces = members.Flag("replaces") },
        "copyOut" => new CopyOutRequest(members.Text("path"), members.OptionalText("firstName"), members.Flag("followsLink")),
        "root" => new RootRequest((RootForm)members.Int32("form"), members.Flag("freezes")),
        _ => null,
    };

    /// <summary>The name of a request without members; null for other messages.</summary>
    private static string? NameOfEmpty(ControlMessage message) => message switch
    {
        PingRequest => "ping",
        PrepareRequest => "prepare",
        PauseRequest => "pause",
        ResumeRequest => "resume",
        WaitRequest => "wait",
        EndRequest => "end",
        StatisticsRequest => "statistics",
        ProcessesRequest => "processes",
        NetworkReportRequest => "network",
        ReportRequest => "report",
        _ => null,
    };

    private static void WriteStart(Utf8JsonWriter writer, StartRequest start)
    {
        writer.WriteBoolean("attach", start.Attach);
        writer.WriteBoolean("input", start.Input);
        WriteSize(writer, start.Size);
        if (start.QueuedMs > 0)
        {
            writer.WriteNumber("queuedMs", start.QueuedMs);
        }
    }

    private static void WriteAttach(Utf8JsonWriter writer, AttachRequest attach)
    {
        writer.WriteBoolean("input", attach.Input);
        WriteSize(writer, attach.Size);
    }

    private static void WriteRules(Utf8JsonWriter writer, EgressRules rules)
    {
        writer.WriteBoolean("deniesEgress", rules.DeniesEgress);
        writer.WriteTexts("allow", rules.Allow);
        writer.WriteTexts("deny", rules.Deny);
    }

    private static void WriteUpdate(Utf8JsonWriter writer, UpdateRequest update)
    {
        writer.WritePropertyName("resources");
        JsonSerializer.Serialize(writer, update.Resources, SpecificationJson.Default.ResourcesSpec);
        if (update.Restart is { } restart)
        {
            writer.WriteString("restart", restart.ToString());
        }
    }

    private static RestartChange? ReadRestart(string? text) => text is null ? null : RestartChange.Parse(text);

    private static void WriteExec(Utf8JsonWriter writer, ExecRequest exec)
    {
        if (exec.Inherits)
        {
            writer.WriteMembers("process", exec.Process, WriteDifferences);
        }
        else
        {
            writer.WritePropertyName("process");
            JsonSerializer.Serialize(writer, exec.Process, SpecificationJson.Default.ProcessSpec);
        }

        writer.WriteBoolean("inherits", exec.Inherits);
        writer.WriteBoolean("detach", exec.Detach);
        writer.WriteBoolean("input", exec.Input);
        WriteSize(writer, exec.Size);
        writer.WriteBoolean("endsWithClient", exec.EndsWithClient);
    }

    /// <summary>By hand: the serializer's first use costs a short command more than everything else in it.</summary>
    private static void WriteDifferences(Utf8JsonWriter writer, ProcessSpec process)
    {
        writer.WriteTexts("args", process.Args);
        writer.WriteTexts("env", process.Env);
        writer.WriteBoolean("terminal", process.Terminal);
        writer.WriteString("cwd", process.Cwd);
        if (process.User.Username is { } user)
        {
            writer.WriteStartObject("user");
            writer.WriteString("username", user);
            writer.WriteEndObject();
        }

        if (process.Capabilities is { } capabilities)
        {
            writer.WriteStartObject("capabilities");
            writer.WriteTexts("effective", capabilities.Effective);
            writer.WriteEndObject();
        }
    }

    private static ExecRequest ReadExec(JsonMembers members) => new(
        members.Optional("process", static process => process.Deserialize(SpecificationJson.Default.ProcessSpec)) ?? throw JsonMembers.Refuse("'process' is missing"), members.Flag("detach"), members.Flag("input"), ReadSize(members))
    {
        EndsWithClient = members.Flag("endsWithClient"),
        Inherits = members.Flag("inherits"),
    };

    private static void WriteSignal(Utf8JsonWriter writer, SignalRequest signal)
    {
        writer.WriteNumber("signal", signal.Signal);
        writer.WriteBoolean("all", signal.All);
        writer.WriteOptional("execId", signal.ExecId);
    }

    private static void WriteStop(Utf8JsonWriter writer, StopRequest stop)
    {
        writer.WriteNumber("signal", stop.Signal);
        writer.WriteNumber("timeoutMs", stop.TimeoutMs);
        if (stop.KeepsRestart)
        {
            writer.WriteBoolean("keepsRestart", true);
        }
    }

    private static void WriteResize(Utf8JsonWriter writer, ResizeRequest resize)
    {
        WriteSize(writer, resize.Size);
        writer.WriteOptional("execId", resize.ExecId);
    }

    private static void WritePath(Utf8JsonWriter writer, PathRequest path)
    {
        writer.WriteString("path", path.Path);
        writer.WriteBoolean("followsLink", path.FollowsLink);
    }

    private static void WriteCopyIn(Utf8JsonWriter writer, CopyInRequest copy)
    {
        writer.WriteString("directory", copy.Directory);
        writer.WriteOptional("firstName", copy.FirstName);
        writer.WriteOptionalMembers("owner", copy.Owner, RequestMessageJson.WriteOwner);
        writer.WriteBoolean("replaces", copy.Replaces);
    }

    private static void WriteCopyOut(Utf8JsonWriter writer, CopyOutRequest copy)
    {
        writer.WriteString("path", copy.Path);
        writer.WriteOptional("firstName", copy.FirstName);
        writer.WriteBoolean("followsLink", copy.FollowsLink);
    }

    private static void WriteRoot(Utf8JsonWriter writer, RootRequest root)
    {
        writer.WriteNumber("form", (int)root.Form);
        writer.WriteBoolean("freezes", root.Freezes);
    }

    private static void WriteSize(Utf8JsonWriter writer, WindowSize? size) =>
        writer.WriteOptionalMembers("size", size, HostMessageJson.WriteWindowSize);

    private static WindowSize? ReadSize(JsonMembers members) =>
        members.OptionalMembers("size") is { } size ? HostMessageJson.ReadWindowSize(size) : null;

    private static ArchiveOwner? ReadOwner(JsonMembers members) =>
        members.OptionalMembers("owner") is { } owner ? RequestMessageJson.ReadOwner(owner) : null;
}
