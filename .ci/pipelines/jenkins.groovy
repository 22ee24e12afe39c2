// Checks a Jenkinsfile of Jenkins' Declarative Pipeline, and runs it: what of the language the files here use.
//
// jenkins.groovy check FILE...     prints what is wrong with each file
// jenkins.groovy run FILE BUILD    runs a file, too. BUILD is JSON: the environment of the agent (agent) and of the build
//                                  (build), parameters, the cause, the answer to questions (approve), credentials by id, the
//                                  repository to check out (source, commit, url), and a folder for all that is made (dir)
//
// What happens is printed as JSON, one line for each event. Only what the tables name may stand in a block, with the
// parameters that they name; Jenkins knows more, and each further word wants a row. Every stage gets a workspace of its own.
import groovy.io.FileType
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import groovy.xml.XmlSlurper
import java.nio.file.FileSystems
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import org.codehaus.groovy.control.CompilationFailedException
import org.codehaus.groovy.control.CompilerConfiguration

/** Something is wrong with the file. */
class Wrong extends RuntimeException {
    Wrong(String text) { super(text) }
}

/** A step did not do what it was to do. */
class Failed extends RuntimeException {
    Failed(String text) { super(text) }
}

/**
 * What may stand where. A value says what a word takes: a text, a string that may be empty, a flag, several texts, nothing, parameters with their types
 * (those with ? can be left out), code that is kept, assignments, or a block of the kind that is named.
 */
class Table {
    static final Map CONDITIONS = [
        branch: 'text', changeRequest: 'nothing', triggeredBy: 'text', expression: 'code',
        not: [block: 'condition'], anyOf: [block: 'condition'], allOf: [block: 'condition'],
    ]
    static final Map ANYWHERE = [timeout: [time: Integer, unit: String], timestamps: 'nothing', lock: [resource: String]]
    static final Map STEPS = [
        sh: 'text', echo: 'text', unstash: 'text', stash: [name: String, includes: String],
        archiveArtifacts: [artifacts: String, 'allowEmptyArchive?': Boolean], junit: [testResults: String, 'allowEmptyResults?': Boolean], withCredentials: 'credentials',
        // What these make is for withCredentials.
        file: [credentialsId: String, variable: String],
        usernamePassword: [credentialsId: String, usernameVariable: String, passwordVariable: String],
    ]
    static final List CREDENTIALS = ['file', 'usernamePassword']
    static final Map BLOCKS = [
        file: [pipeline: [block: 'pipeline']],
        pipeline: [
            agent: 'agent', options: [block: 'options'], triggers: [block: 'triggers'], parameters: [block: 'parameters'],
            environment: 'assignments', stages: [block: 'stages'], post: [block: 'post'],
        ],
        options: ANYWHERE + [disableConcurrentBuilds: 'nothing', buildDiscarder: 'rotator', logRotator: [daysToKeepStr: String]],
        triggers: [cron: 'string'],
        parameters: [booleanParam: [name: String, defaultValue: Boolean, description: String]],
        stages: [stage: [titled: 'stage']],
        stage: [
            agent: 'agent', when: [block: 'when'], options: [block: 'options of a stage'], input: [block: 'input'], environment: 'assignments',
            steps: 'steps', stages: [block: 'stages'], matrix: [block: 'matrix'], post: [block: 'post'],
        ],
        'options of a stage': ANYWHERE,
        when: CONDITIONS + [beforeAgent: 'flag', beforeInput: 'flag'],
        condition: CONDITIONS,
        input: [message: 'text'],
        agent: [label: 'text'],
        matrix: [axes: [block: 'axes'], agent: 'agent', environment: 'assignments', stages: [block: 'stages']],
        axes: [axis: [block: 'axis']],
        axis: [name: 'text', values: 'texts'],
        post: [always: 'steps', success: 'steps', failure: 'steps'],
    ]
    /** Of each list, a block of this kind must have exactly one. */
    static final Map NEEDS = [
        pipeline: [['agent'], ['stages']], stage: [['steps', 'stages', 'matrix']], matrix: [['axes'], ['stages']],
        axis: [['name'], ['values']], agent: [['label']], input: [['message']], not: [CONDITIONS.keySet() as List],
    ]
    /** Of each list, at least one. */
    static final Map WANTS = [stages: ['stage'], axes: ['axis'], when: CONDITIONS.keySet() as List, post: ['always', 'success', 'failure']]
    /** Can stand there several times. */
    static final List REPEATED = ['stage', 'axis', 'booleanParam', 'branch', 'triggeredBy', 'expression', 'not', 'anyOf', 'allOf', 'changeRequest']
}

/** A word of the file, with what it was given. */
class Node {
    String word, kind
    List values = []
    List<Node> inner = []
    Closure code
    Node get(String word) { inner.find { it.word == word } }
    def value(String word) { get(word)?.with { it.values[0] } }
}

/** Reads blocks into nodes. */
class Structure {
    final Node node
    final Shim shim
    final String where
    Structure(Node node, Shim shim, String where) { this.node = node; this.shim = shim; this.where = where }

    def methodMissing(String word, Object given) {
        List values = (given as List).collect()
        def takes = Table.BLOCKS[where][word]
        if (takes == null) throw new Wrong("\"$word\" may not stand in \"$where\"")
        Node made = new Node(word: word, kind: where)
        if (values && values.last() instanceof Closure) made.code = values.removeLast()
        made.values = values
        if (word == 'logRotator') { shim.fits(made, takes); return made }
        if (!(word in Table.REPEATED) && node.get(word)) throw new Wrong("\"$word\" stands twice in \"$where\"")
        node.inner << made
        shim.fits(made, takes)
        if (takes instanceof Map && (takes.block || takes.titled)) shim.descend(made, takes.block ?: takes.titled)
        if (takes == 'agent' && made.code) shim.descend(made, 'agent')
        if (takes == 'assignments') shim.assignments(made, null)
        if (takes == 'steps') new Steps(shim, null, null).perform(made.code)
        return made
    }

    def propertyMissing(String name) {
        if (name in ['none', 'any'] && where in ['pipeline', 'stage', 'matrix']) return name
        if (name == 'env') return shim.build.build
        if (where == 'agent' && node.kind == 'matrix' && name ==~ /[A-Z_]+/) return '?' // of an axis; which agent it is matters to nobody here
        throw new Wrong("\"$name\" is not known in \"$where\"")
    }

    def propertyMissing(String name, Object value) { throw new Wrong("nothing can be assigned in \"$where\": $name") }
}

/** Takes the assignments of an environment block. Without variables it only looks whether they are such. */
class Assignments {
    final Map variables, assigned = [:]
    Assignments(Map variables) { this.variables = variables }
    def methodMissing(String word, Object given) { throw new Wrong("\"$word\" may not stand in \"environment\"") }
    def propertyMissing(String name) {
        if (variables == null) return '?'
        if (!variables.containsKey(name)) throw new Failed("there is no variable $name")
        return variables[name]
    }
    def propertyMissing(String name, Object value) {
        if (!(value instanceof CharSequence)) throw new Wrong("the variable $name in \"environment\" must be a text")
        assigned[name] = value.toString()
    }
}

/** Does steps. Without variables it only looks at them. */
class Steps {
    final Shim shim
    final Map variables
    final File workspace
    final List loose = [] // credentials that no step has taken yet
    Steps(Shim shim, Map variables, File workspace) { this.shim = shim; this.variables = variables; this.workspace = workspace }

    void perform(Closure code) {
        shim.within(code, this)
        if (loose) throw new Wrong("\"${loose[0].word}\" is for withCredentials, and is no step")
    }

    def propertyMissing(String name) {
        if (name == 'env') return variables ?: [:]
        if (name == 'params') return shim.build.parameters
        if (variables == null) return '?'
        if (!variables.containsKey(name)) throw new Failed("there is no variable $name")
        return variables[name]
    }

    def propertyMissing(String name, Object value) { throw new Wrong("nothing can be assigned in \"steps\": $name") }

    def methodMissing(String word, Object given) {
        def takes = Table.STEPS[word]
        if (takes == null) throw new Wrong("\"$word\" may not stand in \"steps\"")
        Node made = new Node(word: word, values: (given as List).collect())
        if (made.values && made.values.last() instanceof Closure) made.code = made.values.removeLast()
        shim.fits(made, takes)
        if (word in Table.CREDENTIALS) { loose << made; return made }
        if (word == 'sh' && made.values[0] instanceof GString) throw new Wrong('a script must stand in \'\'\', or Groovy fills in secrets')
        if (word == 'withCredentials') return lend(made)
        if (variables == null) return null
        if (word != 'echo' && workspace == null) throw new Failed("$word needs an agent, and the stage has none")
        new Action(shim, variables, workspace)."$word"(*made.values)
    }

    /** Does the steps inside with credentials as variables. */
    private void lend(Node made) {
        loose.removeAll(made.values[0])
        Map lent = variables == null ? null : variables.clone()
        if (variables != null) made.values[0].each { lent.putAll(shim.credential(it)) }
        new Steps(shim, lent, workspace).perform(made.code)
    }
}

/** What steps do. It is apart from the words of the file, so that none of them is a method here by accident. */
class Action {
    final Shim shim
    final Map variables
    final File workspace
    Action(Shim shim, Map variables, File workspace) { this.shim = shim; this.variables = variables; this.workspace = workspace }

    void echo(text) { shim.say(event: 'echo', text: text.toString()) }

    void sh(text) {
        int code = shim.script(text.toString(), workspace, variables)
        if (code != 0) throw new Failed("script returned exit code $code")
    }

    void stash(Map given) {
        List found = shim.find(workspace, given.includes)
        if (!found) throw new Failed("no files to stash: ${given.includes}")
        shim.stashes[given.name] = found.collectEntries { [(it): new File(workspace, it).bytes] }
    }

    void unstash(name) {
        if (!shim.stashes.containsKey(name)) throw new Failed("there is no stash $name")
        shim.stashes[name].each { file, content -> new File(workspace, file).bytes = content }
    }

    void archiveArtifacts(Map given) {
        List found = shim.find(workspace, given.artifacts)
        if (!found && !given.allowEmptyArchive) throw new Failed("no artifacts found: ${given.artifacts}")
        keep('archive', found)
    }

    void junit(Map given) {
        List found = shim.find(workspace, given.testResults)
        if (!found && !given.allowEmptyResults) throw new Failed("no test results found: ${given.testResults}")
        found.each { new XmlSlurper().parse(new File(workspace, it)) }
        keep('junit', found)
    }

    /** Copies files to a folder of the build that is named as the event. */
    private void keep(String event, List found) {
        File folder = new File(shim.build.dir, event)
        folder.mkdirs()
        found.each { new File(folder, it).bytes = new File(workspace, it).bytes }
        shim.say(event: event, files: found)
    }
}

/** Checks and runs a file. */
class Shim {
    Map build = [build: [:], parameters: [:]]
    Map stashes = [:]
    Set secrets = []
    List titles = []
    boolean failed
    int count

    /** Runs a closure of the file with an object that knows its words, and no other. */
    void within(Closure code, Object words) {
        Closure bound = code.clone()
        bound.delegate = words
        bound.resolveStrategy = Closure.DELEGATE_ONLY
        bound.call()
    }

    /** Compares what a word was given with what it takes. */
    void fits(Node node, Object takes) {
        List v = node.values
        boolean code = node.code != null
        Closure text = { it instanceof CharSequence && it.length() > 0 }
        boolean good
        switch (takes) {
            case 'text': good = !code && v.size() == 1 && text(v[0]); break
            case 'string': good = !code && v.size() == 1 && v[0] instanceof CharSequence; break
            case 'flag': good = !code && v.size() == 1 && v[0] instanceof Boolean; break
            case 'texts': good = !code && v && v.every(text); break
            case 'nothing': good = !code && !v; break
            case 'rotator': good = !code && v.size() == 1 && v[0] instanceof Node && v[0].word == 'logRotator'; break
            case 'agent': good = code ? !v : v.size() == 1 && v[0] in ['none', 'any']; break
            case ['code', 'assignments', 'steps']: good = code && !v; break
            case 'credentials': good = code && v.size() == 1 && v[0] instanceof List && v[0].every { it instanceof Node && it.word in Table.CREDENTIALS }; break
            default:
                if (takes.block) { good = code && !v; break }
                if (takes.titled) { good = code && v.size() == 1 && text(v[0]); break }
                good = !code && v.size() == 1 && v[0] instanceof Map
                if (good) named(node.word, v[0], takes)
        }
        if (!good) throw new Wrong("\"${node.word}\" does not take what it is given")
    }

    /** Compares parameters with those that there are. */
    void named(String word, Map given, Map takes) {
        given.each { name, value ->
            Class type = takes[name] ?: takes["$name?".toString()]
            if (type == null) throw new Wrong("\"$word\" has no parameter $name")
            if (!(type == String ? value instanceof CharSequence : type.isInstance(value))) throw new Wrong("\"$word\": the parameter $name must be a ${type.simpleName}")
        }
        takes.keySet().findAll { !it.endsWith('?') && !given.containsKey(it) }.each { throw new Wrong("\"$word\" lacks the parameter $it") }
    }

    /** Reads what is in a block. */
    void descend(Node node, String kind) {
        if (kind == 'stage') {
            String title = node.values[0]
            if (title in titles) throw new Wrong("there are two stages \"$title\"")
            titles << title
        }
        within(node.code, new Structure(node, this, kind))
        Table.NEEDS[node.word == 'not' ? 'not' : kind]?.each { words ->
            int have = node.inner.count { it.word in words }
            if (have != 1) throw new Wrong("\"${node.word}\" needs one of ${words.join(', ')}, and has $have")
        }
        List wants = Table.WANTS[kind]
        if (wants && !node.inner.any { it.word in wants }) throw new Wrong("\"${node.word}\" is empty")
    }

    /** Returns variables with those that an environment block assigns on top. */
    Map assignments(Node node, Map variables) {
        if (node == null) return variables
        Assignments a = new Assignments(variables)
        within(node.code, a)
        return (variables ?: [:]) + a.assigned
    }

    void say(Map event) {
        String text = JsonOutput.toJson(event)
        secrets.each { text = text.replace(it, '****') }
        println text
    }

    /** Runs a shell script as Jenkins does, and returns its exit code. */
    int script(String text, File workspace, Map variables) {
        File file = new File(workspace.parentFile, "script${++count}.sh")
        file.text = text
        ProcessBuilder builder = new ProcessBuilder('sh', '-xe', file.path).directory(workspace)
        builder.environment().clear()
        builder.environment().putAll((build.agent + variables).collectEntries { k, v -> [(k): v.toString()] })
        Process process = builder.start()
        process.outputStream.close()
        def errors = CompletableFuture.supplyAsync { process.errorStream.text }
        String out = process.inputStream.text
        int code = process.waitFor()
        say(event: 'sh', stage: variables.STAGE_NAME, code: code, stdout: out, stderr: errors.get())
        return code
    }

    /** Returns the files of a workspace that fit a list of patterns. */
    List find(File workspace, CharSequence patterns) {
        List found = []
        patterns.toString().split(',')*.trim().each { pattern ->
            def fits = FileSystems.default.getPathMatcher("glob:$pattern")
            workspace.eachFile(FileType.FILES) { if (fits.matches(FileSystems.default.getPath(it.name))) found << it.name }
        }
        return found.toSorted()
    }

    /** Returns the variables that a credential is lent as. */
    Map credential(Node asked) {
        Map given = asked.values[0], have = build.credentials[given.credentialsId.toString()]
        if (have == null || (asked.word == 'file') != have.containsKey('file')) throw new Failed("there are no such credentials: ${given.credentialsId}")
        if (asked.word == 'file') {
            File file = File.createTempFile('credential', '', new File(build.dir))
            file.text = have.file
            return [(given.variable): file.path]
        }
        secrets << have.password
        return [(given.usernameVariable): have.user, (given.passwordVariable): have.password]
    }

    /** Gives a stage a workspace with the commit in it. */
    File checkout(Map variables) {
        File workspace = new File(build.dir, "node${++count}/workspace")
        workspace.parentFile.mkdirs()
        [['clone', '--quiet', build.source, workspace.path], ['-C', workspace.path, 'checkout', '--quiet', build.commit],
         ['-C', workspace.path, 'remote', 'set-url', 'origin', build.url]].each { words ->
            Process git = (['git'] + words).execute(build.agent.collect { k, v -> "$k=$v" }, null)
            if (git.waitFor() != 0) throw new Failed("checkout: ${git.errorStream.text}")
        }
        variables.putAll(GIT_URL: build.url, GIT_COMMIT: build.commit, WORKSPACE: workspace.path)
        return workspace
    }

    boolean holds(Node n, Map variables) {
        switch (n.word) {
            case 'branch': return variables.BRANCH_NAME == n.values[0]
            case 'changeRequest': return variables.CHANGE_ID != null
            case 'triggeredBy': return build.cause == n.values[0]
            case 'not': return !n.inner.any { holds(it, variables) }
            case 'anyOf': return n.inner.any { holds(it, variables) }
            case 'expression':
                Closure code = n.code.clone()
                code.delegate = [env: variables, params: build.parameters]
                code.resolveStrategy = Closure.DELEGATE_ONLY
                return code.call()
        }
        return n.inner.findAll { Table.CONDITIONS.containsKey(it.word) }.every { holds(it, variables) } // when, allOf
    }

    /** Reports whether a stage is one that is to run, once whoever is asked has agreed. */
    boolean wanted(Node stage, Map variables) {
        Node when = stage.get('when'), input = stage.get('input')
        boolean early = input == null || when?.value('beforeInput')
        if (when && early && !holds(when, variables)) return false
        if (input) {
            say(event: 'input', message: input.value('message').toString())
            if (!build.approve) throw new Failed('rejected')
        }
        return !when || early || holds(when, variables)
    }

    void stages(Node list, Map variables, File workspace) {
        list.inner.each { stage ->
            String title = stage.values[0]
            if (failed) { say(event: 'stage', name: title, result: 'skipped'); return }
            Map own = assignments(stage.get('environment'), variables + [STAGE_NAME: title])
            try {
                if (!wanted(stage, own)) { say(event: 'stage', name: title, result: 'skipped'); return }
                run(stage, own, workspace)
            } catch (Failed f) {
                failed = true
                say(event: 'failed', stage: title, text: f.message)
            }
            say(event: 'stage', name: title, result: failed ? 'failure' : 'success')
        }
    }

    void run(Node stage, Map variables, File workspace) {
        String lock = stage.get('options')?.value('lock')?.resource
        if (lock) say(event: 'lock', name: lock)
        if (stage.get('agent')?.code) workspace = checkout(variables)
        try {
            if (stage.get('steps')) new Steps(this, variables, workspace).perform(stage.get('steps').code)
            if (stage.get('stages')) stages(stage.get('stages'), variables, workspace)
            if (stage.get('matrix')) cells(stage.get('matrix'), variables)
        } catch (Failed f) {
            failed = true
            throw f
        } finally {
            ['always', failed ? 'failure' : 'success'].each { word ->
                Node post = stage.get('post')?.get(word)
                if (post) new Steps(this, variables, workspace).perform(post.code)
            }
            if (lock) say(event: 'unlock', name: lock)
        }
    }

    /** Runs the stages of a matrix for each combination, though others fail. */
    void cells(Node matrix, Map variables) {
        List combinations = matrix.get('axes').inner.collect { axis -> axis.get('values').values.collect { [(axis.value('name').toString()): it] } }.combinations()
        boolean any = false
        combinations.each { cell ->
            Map own = assignments(matrix.get('environment'), variables + cell.sum())
            failed = false
            stages(matrix.get('stages'), own, matrix.get('agent')?.code ? checkout(own) : null)
            any |= failed
        }
        failed = any
    }
}

/** The file as a class: all that stands in it is for the shim. */
abstract class Declared extends Script {
    static Structure top
    def methodMissing(String name, Object given) { top.methodMissing(name, given) }
}

/** Reads a file into a node, and checks it. */
Node read(File file, Shim shim) {
    Node root = new Node(word: 'file')
    Declared.top = new Structure(root, shim, 'file')
    def configuration = new CompilerConfiguration(scriptBaseClass: Declared.name)
    try {
        new GroovyShell(this.class.classLoader, new Binding(), configuration).parse(file.text, 'Jenkinsfile.groovy').run()
        if (!root.inner) throw new Wrong('there is no pipeline')
        return root.inner[0]
    } catch (Wrong | MissingPropertyException | CompilationFailedException e) {
        int line = e.stackTrace.find { it.fileName == 'Jenkinsfile.groovy' }?.lineNumber ?: 0
        println "${file.name}${line ? ":$line" : ''}: ${e.message}"
        return null
    }
}

if (args[0] == 'run') {
    Shim shim = new Shim(build: new JsonSlurper().parse(new File(args[2])))
    Node pipeline = read(new File(args[1]), shim)
    if (pipeline == null) System.exit(2)
    shim.stages(pipeline.get('stages'), shim.assignments(pipeline.get('environment'), shim.build.build), null)
    shim.say(event: 'result', result: shim.failed ? 'FAILURE' : 'SUCCESS')
} else {
    args.drop(1).each { read(new File(it), new Shim()) }
}
