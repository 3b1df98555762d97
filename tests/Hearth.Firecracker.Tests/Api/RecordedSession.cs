using System.Text;
using System.Text.Json.Nodes;

namespace Hearth.Firecracker.Tests.Api;

/// <summary>
/// What Firecracker v1.13.1 answered to one connection's requests, from <c>session-v1.13.1.txt</c>: a line <c>&gt; METHOD PATH
/// BODY</c> for each request, then the lines of its answer behind <c>&lt;</c>, byte for byte but for their ends, which are CR LF.
/// </summary>
internal sealed class RecordedSession
{
    private readonly Queue<(string Request, byte[] Answer)> left = new();

    private RecordedSession()
    {
    }

    internal int Left => left.Count;

    internal static RecordedSession Load()
    {
        RecordedSession session = new();
        string? request = null;
        List<string> answer = [];
        foreach (string line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Api", "session-v1.13.1.txt")).Append("> "))
        {
            if (line.StartsWith('<'))
            {
                answer.Add(line.Length > 1 ? line[2..] : "");
                continue;
            }

            if (request is not null)
            {
                session.left.Enqueue((request, Encoding.UTF8.GetBytes(string.Join("\r\n", answer))));
            }

            request = line[2..];
            answer.Clear();
        }

        return session;
    }

    /// <summary>The recorded answer; a request other than the next recorded one is refused with what it should have been.</summary>
    internal byte[] Answer(ApiCall call)
    {
        (string request, byte[] answer) = left.Dequeue();
        string[] words = request.Split(' ', 3);
        bool same = (call.Method, call.Path) == (words[0], words[1])
            && JsonNode.DeepEquals(Parse(call.Text), Parse(words.ElementAtOrDefault(2) ?? ""));
        return same ? answer : ScriptedApi.Answer(400, new JsonObject { ["fault_message"] = $"recorded was {request}, not {call.Method} {call.Path} {call.Text}" }.ToJsonString());
    }

    private static JsonNode? Parse(string body) => body.Length == 0 ? null : JsonNode.Parse(body);
}
