using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>A keeper's answers as JSON. The writer and the reader of each answer list the members in the same order.</summary>
internal static class ControlReplyJson
{
    public static bool TryWrite(Utf8JsonWriter writer, ControlMessage message)
    {
        switch (message)
        {
            case StatisticsReply statistics:
                writer.WriteMembers("statisticsReply", statistics.Guest, StatisticsJson.Write);
                return true;
            case ProcessesReply processes:
                writer.WriteMembers("processesReply", processes.List, AnswerMessageJson.WriteProcessList);
                return true;
            case PathReply path:
                writer.WriteMembers("pathReply", path, static (writer, path) => writer.WriteOptionalMembers("status", path.Status, AnswerMessageJson.WritePathStatus));
                return true;
            case NetworkReply network:
                writer.WriteMembers("networkReply", network.Report, static (writer, report) =>
                {
                    writer.WritePropertyName("report");
                    JsonSerializer.Serialize(writer, report, ReportJson.Default.NetworkReport);
                });
                return true;
            case ReportReply report:
                writer.WriteMembers("reportReply", report, WriteReportReply);
                return true;
            case ExplainReply explain:
                writer.WriteMembers("explainReply", explain, static (writer, explain) =>
                {
                    writer.WriteBoolean("isAllowed", explain.IsAllowed);
                    writer.WriteString("text", explain.Text);
                });
                return true;
            case DiagnosticReply reply:
                writer.WriteMembers("diagnostic", reply.Diagnostic, DiagnosticJson.Write);
                return true;
            case StartedReply started:
                writer.WriteMembers("started", started, WriteStarted);
                return true;
            case DoneReply done:
                writer.WriteMembers("done", done, static (writer, done) => DiagnosticJson.WriteAll(writer, done.Diagnostics));
                return true;
            case FailedReply failed:
                writer.WriteMembers("failed", failed, WriteFailed);
                return true;
            case ExitedReply exited:
                writer.WriteMembers("exited", exited, WriteEnd);
                return true;
            case EndedReply ended:
                writer.WriteMembers("ended", ended, WriteEnded);
                return true;
            default:
                return false;
        }
    }

    public static ControlMessage? Read(string name, JsonMembers members) => name switch
    {
        "statisticsReply" => new StatisticsReply(StatisticsJson.Read(members)),
        "processesReply" => new ProcessesReply(AnswerMessageJson.ReadProcessList(members)),
        "pathReply" => new PathReply(members.OptionalMembers("status") is { } status ? AnswerMessageJson.ReadPathStatus(status) : null),
        "networkReply" => new NetworkReply(members.Optional("report", static report => report.Deserialize(ReportJson.Default.NetworkReport)) ?? new NetworkReport()),
        "reportReply" => new ReportReply(ReadReport(members) ?? throw JsonMembers.Refuse("'report' is missing")) { BacklogInBytes = members.OptionalInt64("backlogInBytes") ?? 0 },
        "explainReply" => new ExplainReply(members.Flag("isAllowed"), members.Text("text")),
        "diagnostic" => new DiagnosticReply(DiagnosticJson.Read(members)),
        "started" => new StartedReply(members.Int32("pid")) { ExecId = members.OptionalText("execId") },
        "done" => new DoneReply { Diagnostics = DiagnosticJson.ReadAll(members) },
        "failed" => ReadFailed(members),
        "exited" => new ExitedReply(members.Int32("exitCode"), members.Int32("signal"), members.Flag("outOfMemory")),
        "ended" => ReadEnded(members),
        _ => null,
    };

    private static void WriteReportReply(Utf8JsonWriter writer, ReportReply reply)
    {
        WriteReport(writer, reply.Report);
        writer.WriteNumber("backlogInBytes", reply.BacklogInBytes);
    }

    private static void WriteStarted(Utf8JsonWriter writer, StartedReply started)
    {
        writer.WriteNumber("pid", started.Pid);
        writer.WriteOptional("execId", started.ExecId);
    }

    private static void WriteFailed(Utf8JsonWriter writer, FailedReply failed)
    {
        writer.WriteString("error", failed.Error.ToString());
        writer.WriteString("message", failed.Message);
    }

    private static FailedReply ReadFailed(JsonMembers members) =>
        new(Enum.TryParse(members.Text("error"), out HearthError error) ? error : HearthError.KeeperFailed, members.Text("message"));

    private static void WriteEnd(Utf8JsonWriter writer, EndOfProcess end)
    {
        writer.WriteNumber("exitCode", end.ExitCode);
        writer.WriteNumber("signal", end.Signal);
        writer.WriteBoolean("outOfMemory", end.OutOfMemory);
    }

    private static void WriteEnded(Utf8JsonWriter writer, EndedReply ended)
    {
        WriteEnd(writer, ended);
        writer.WriteOptionalMembers("failure", ended.Failure, WriteFailed);
        DiagnosticJson.WriteAll(writer, ended.Diagnostics);
        if (ended.Report is { } report)
        {
            WriteReport(writer, report);
        }
    }

    private static void WriteReport(Utf8JsonWriter writer, RunReport report)
    {
        writer.WritePropertyName("report");
        JsonSerializer.Serialize(writer, report, ReportJson.Default.RunReport);
    }

    private static RunReport? ReadReport(JsonMembers members) => members.Optional("report", static report => report.Deserialize(ReportJson.Default.RunReport));

    private static EndedReply ReadEnded(JsonMembers members) => new(members.Int32("exitCode"), members.Int32("signal"), members.Flag("outOfMemory"))
    {
        Failure = members.OptionalMembers("failure") is { } failure ? ReadFailed(failure) : null,
        Diagnostics = DiagnosticJson.ReadAll(members),
        Report = ReadReport(members),
    };
}
