using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>The guest's numbered answers as JSON. Reading and writing have the same order of members.</summary>
internal static class AnswerMessageJson
{
    public static bool TryWrite(Utf8JsonWriter writer, GuestMessage message)
    {
        if (message is not GuestAnswer answer)
        {
            return false;
        }

        writer.WriteString("type", TypeOf(answer));
        writer.WriteNumber("requestId", answer.RequestId);
        switch (answer)
        {
            case RequestDone done:
                writer.WriteTexts("warnings", done.Warnings);
                break;
            case RequestFailed failed:
                writer.WriteNumber("reason", (int)failed.Reason);
                writer.WriteString("message", failed.Message);
                break;
            case PathStatus status:
                WritePathStatus(writer, status);
                break;
            case ProcessList list:
                WriteProcessList(writer, list);
                break;
            case GuestStatistics statistics:
                StatisticsJson.Write(writer, statistics);
                break;
        }

        return true;
    }

    public static GuestMessage? Read(string type, JsonMembers members) => ReadAnswer(type, members) is { } answer
        ? answer with { RequestId = members.UInt32("requestId") }
        : null;

    private static string TypeOf(GuestAnswer answer) => answer switch
    {
        RequestDone => "done",
        RequestFailed => "request-failed",
        PathStatus => "path-status",
        ProcessList => "process-list",
        GuestStatistics => "statistics",
        _ => throw new InvalidOperationException($"cannot write {answer.GetType().Name}: it has no JSON form"),
    };

    private static GuestAnswer? ReadAnswer(string type, JsonMembers members) => type switch
    {
        "done" => new RequestDone(members.Texts("warnings")),
        "request-failed" => new RequestFailed(ReadReason(members), members.Text("message")),
        "path-status" => ReadPathStatus(members),
        "process-list" => ReadProcessList(members),
        "statistics" => StatisticsJson.Read(members),
        _ => null,
    };

    private static RequestFailure ReadReason(JsonMembers members) =>
        (RequestFailure)members.Int64("reason", (long)RequestFailure.NotFound, (long)RequestFailure.System);

    public static void WritePathStatus(Utf8JsonWriter writer, PathStatus status)
    {
        writer.WriteString("name", status.Name);
        writer.WriteNumber("mode", status.Mode);
        writer.WriteNumber("sizeInBytes", status.SizeInBytes);
        writer.WriteNumber("userId", status.UserId);
        writer.WriteNumber("groupId", status.GroupId);
        writer.WriteNumber("modifiedUnixNanoseconds", status.ModifiedUnixNanoseconds);
        writer.WriteOptional("linkTarget", status.LinkTarget);
    }

    public static PathStatus ReadPathStatus(JsonMembers members) => new()
    {
        Name = members.Text("name"),
        Mode = members.UInt32("mode"),
        SizeInBytes = members.Int64("sizeInBytes"),
        UserId = members.UInt32("userId"),
        GroupId = members.UInt32("groupId"),
        ModifiedUnixNanoseconds = members.Int64("modifiedUnixNanoseconds"),
        LinkTarget = members.OptionalText("linkTarget"),
    };

    public static void WriteProcessList(Utf8JsonWriter writer, ProcessList list)
    {
        writer.WriteMembersList("processes", list.Processes, WriteProcess);
        writer.WriteBoolean("isTruncated", list.IsTruncated);
    }

    public static ProcessList ReadProcessList(JsonMembers members) =>
        new(members.MembersList("processes", ReadProcess), members.Flag("isTruncated"));

    private static void WriteProcess(Utf8JsonWriter writer, ContainerProcess process)
    {
        writer.WriteNumber("pid", process.Pid);
        writer.WriteNumber("guestPid", process.GuestPid);
        writer.WriteNumber("parentPid", process.ParentPid);
        writer.WriteNumber("userId", process.UserId);
        writer.WriteNumber("startUnixNanoseconds", process.StartUnixNanoseconds);
        writer.WriteNumber("cpuTimeMs", process.CpuTimeMs);
        writer.WriteNumber("residentBytes", process.ResidentBytes);
        writer.WriteString("state", process.State);
        writer.WriteNumber("threads", process.Threads);
        writer.WriteOptional("terminal", process.Terminal);
        writer.WriteString("command", process.Command);
    }

    private static ContainerProcess ReadProcess(JsonMembers members) => new()
    {
        Pid = members.Int32("pid"),
        GuestPid = members.Int32("guestPid"),
        ParentPid = members.Int32("parentPid"),
        UserId = members.UInt32("userId"),
        StartUnixNanoseconds = members.Int64("startUnixNanoseconds"),
        CpuTimeMs = members.Int64("cpuTimeMs"),
        ResidentBytes = members.Int64("residentBytes"),
        State = members.Text("state"),
        Threads = members.Int32("threads"),
        Terminal = members.OptionalText("terminal"),
        Command = members.Text("command"),
    };
}
