using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>The guest's messages as JSON. Reading and writing have the same order of members.</summary>
internal static class ReplyMessageJson
{
    public static bool TryWrite(Utf8JsonWriter writer, GuestMessage message)
    {
        switch (message)
        {
            case GuestHello hello:
                writer.WriteString("type", "hello");
                writer.WriteNumber("protocolVersion", hello.ProtocolVersion);
                writer.WriteString("kernelRelease", hello.KernelRelease);
                writer.WriteMembersList("phases", hello.Phases, WritePhase);
                return true;
            case GuestConfigured configured:
                writer.WriteString("type", "configured");
                writer.WriteMembersList("phases", configured.Phases, WritePhase);
                writer.WriteTexts("warnings", configured.Warnings);
                return true;
            case ProcessHeld held:
                writer.WriteString("type", "held");
                writer.WriteString("processId", held.ProcessId);
                return true;
            case ProcessStarted started:
                writer.WriteString("type", "started");
                writer.WriteString("processId", started.ProcessId);
                writer.WriteNumber("guestPid", started.GuestPid);
                writer.WriteMilliseconds("uptimeUs", started.UptimeMs);
                return true;
            case ProcessFailed failed:
                writer.WriteString("type", "failed");
                writer.WriteString("processId", failed.ProcessId);
                writer.WriteNumber("reason", (int)failed.Reason);
                writer.WriteString("message", failed.Message);
                return true;
            case ProcessExited exited:
                writer.WriteString("type", "exited");
                writer.WriteString("processId", exited.ProcessId);
                writer.WriteNumber("exitCode", exited.ExitCode);
                writer.WriteNumber("signal", exited.Signal);
                writer.WriteBoolean("outOfMemory", exited.OutOfMemory);
                return true;
            case GuestEvent told:
                writer.WriteString("type", "event");
                writer.WriteNumber("kind", (int)told.Kind);
                writer.WriteNumber("count", told.Count);
                return true;
            case GuestFailed failed:
                writer.WriteString("type", "error");
                writer.WriteString("message", failed.Message);
                return true;
            default:
                return false;
        }
    }

    public static GuestMessage? Read(string type, JsonMembers members) => type switch
    {
        "hello" => new GuestHello
        {
            ProtocolVersion = members.Int32("protocolVersion"),
            KernelRelease = members.Text("kernelRelease"),
            Phases = members.MembersList("phases", ReadPhase),
        },
        "configured" => new GuestConfigured(members.MembersList("phases", ReadPhase), members.Texts("warnings")),
        "held" => new ProcessHeld(members.Text("processId")),
        "started" => new ProcessStarted(members.Text("processId"), members.Int32("guestPid"), members.Milliseconds("uptimeUs")),
        "failed" => new ProcessFailed(members.Text("processId"), ReadReason(members), members.Text("message")),
        "exited" => new ProcessExited(members.Text("processId"), members.Int32("exitCode"), members.Int32("signal"), members.Flag("outOfMemory")),
        "event" => new GuestEvent(ReadEventKind(members), members.Int64("count")),
        "error" => new GuestFailed(members.Text("message")),
        _ => null,
    };

    private static void WritePhase(Utf8JsonWriter writer, GuestPhase phase)
    {
        writer.WriteString("name", phase.Name);
        writer.WriteMilliseconds("startUs", phase.StartMs);
        writer.WriteMilliseconds("durationUs", phase.DurationMs);
    }

    private static GuestPhase ReadPhase(JsonMembers members) =>
        new(members.Text("name"), members.Milliseconds("startUs"), members.Milliseconds("durationUs"));

    private static StartFailure ReadReason(JsonMembers members) =>
        (StartFailure)members.Int64("reason", (long)StartFailure.CommandNotFound, (long)StartFailure.InterpreterNotFound);

    private static GuestEventKind ReadEventKind(JsonMembers members) =>
        (GuestEventKind)members.Int64("kind", (long)GuestEventKind.OutOfMemory, (long)GuestEventKind.OutOfMemory);
}
